//! Segment numbers, counted modulo 4096 (DNA NSP 4.0.1, SEGNUM).
use core::fmt;

/// A segment number of 12 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Number(u16);

impl Number {
    /// How many numbers there are.
    pub const MODULUS: u16 = 4096;
    /// More numbers than this can never be unacknowledged: after and before would become one.
    pub const HALF: u16 = 2047;

    /// The number in the low 12 bits.
    pub const fn new(bits: u16) -> Number {
        Number(bits & (Number::MODULUS - 1))
    }

    /// The number, 0 to 4095.
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The number that follows.
    pub const fn next(self) -> Number {
        Number::new(self.0 + 1)
    }

    /// How far `self` lies after `other`, 0 to 4095.
    pub const fn distance_from(self, other: Number) -> u16 {
        self.0.wrapping_sub(other.0) & (Number::MODULUS - 1)
    }

    /// True if `self` comes after `other`: by 1 to 2047.
    pub const fn is_after(self, other: Number) -> bool {
        matches!(self.distance_from(other), 1..=Number::HALF)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}
