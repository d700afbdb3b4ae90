//! AppleTalk zone information and what lies below it.
mod vectors;
