//! How an NSP behaves, what it counts, what it sends.
use super::super::address::NodeAddress;
use super::super::limits::Limits;
use super::message::{FlowControl, Services, Version};
use bytes::Bytes;
use core::fmt;

/// How an NSP behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Limits and timers.
    pub limits: Limits,
    /// The flow control that this node asks of its peers. Default: none, only stop and go.
    pub flow_control: FlowControl,
    /// Largest segment that this node takes, in octets of user data: SEGSIZE of its CI and CC. Default 559, for a block size of 576.
    pub receive_segment: u16,
    /// Largest segment that this node sends, whatever the peer takes. Default 559.
    pub send_segment: u16,
    /// Let peers of Phase IV delay their acknowledgements while less than half of the window is used. Default: true.
    pub delayed_acks: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            limits: Limits::default(),
            flow_control: FlowControl::None,
            receive_segment: 559,
            send_segment: 559,
            delayed_acks: true,
        }
    }
}

impl Config {
    pub(super) fn services(&self) -> Services {
        Services {
            flow_control: self.flow_control,
            version: Version::V4_0,
            segment_size: self.receive_segment.max(1),
        }
    }
}

/// What was seen and not told to anybody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Messages that could not be read.
    pub malformed: u64,
    /// Messages of links that do not exist.
    pub unknown_links: u64,
    /// Connects that were refused because a limit was reached.
    pub refused_connects: u64,
    /// Answers that were dropped because too many waited.
    pub dropped_replies: u64,
    /// Numbered messages that came again.
    pub duplicates: u64,
    /// Numbered messages beyond the window.
    pub beyond_window: u64,
    /// Data or interrupts that were not accepted because the user takes nothing, or the peer had no leave.
    pub no_room: u64,
    /// Messages that were sent again.
    pub repeated: u64,
}

/// A message of NSP for the routing layer.
#[derive(Clone, PartialEq, Eq)]
pub struct Packet {
    /// The node it goes to.
    pub destination: NodeAddress,
    /// Ask for it to be sent back if it cannot be delivered.
    pub return_requested: bool,
    /// The message.
    pub octets: Bytes,
}

impl fmt::Debug for Packet {
    /// Without the octets, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to {}, {} octets", self.destination, self.octets.len())
    }
}
