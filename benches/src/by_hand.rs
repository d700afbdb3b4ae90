//! The same cell by hand: what somebody writes who needs S-DATA in duplex and nothing else. A match on the state, the octets
//! of GT and DT checked and made directly, two queues. It has no tables, no trace, no history, no limits, no error that
//! says where: what the machine costs beside it is the price of these.
use bytes::Bytes;
use osisession_proto::x225::port::Tsdu;
use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "the states that a match must tell apart")]
enum State {
    Idle,
    DataTransfer,
    AwaitDisconnect,
}

/// A session connection in duplex.
#[derive(Debug)]
pub struct ByHand {
    state: State,
    half_duplex: bool,
    owns_data_token: bool,
    transport: VecDeque<Tsdu>,
    events: VecDeque<Bytes>,
}

impl ByHand {
    /// In data transfer.
    pub fn connected() -> ByHand {
        ByHand {
            state: State::DataTransfer,
            half_duplex: false,
            owns_data_token: false,
            transport: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// S-DATA request.
    ///
    /// # Errors
    /// Not now.
    pub fn data_request(&mut self, user_data: Bytes) -> Result<(), &'static str> {
        if user_data.is_empty() {
            return Err("no data");
        }
        match self.state {
            State::DataTransfer if !self.half_duplex || self.owns_data_token => {
                self.transport.push_back(Tsdu { header: Bytes::from_static(&[1, 0, 1, 0]), user_data });
                Ok(())
            }
            State::DataTransfer => Err("no token"),
            State::Idle | State::AwaitDisconnect => Err("wrong state"),
        }
    }

    /// T-DATA indication.
    ///
    /// # Errors
    /// Not `[GT, DT]`, or not now.
    pub fn transport_data(&mut self, tsdu: Bytes) -> Result<(), &'static str> {
        match (self.state, &tsdu[..]) {
            (State::DataTransfer, [1, 0, 1, 0, _, ..]) if !self.half_duplex || !self.owns_data_token => {
                self.events.push_back(tsdu.slice(4..));
                Ok(())
            }
            _ => Err("protocol error"),
        }
    }

    /// What is to be sent next.
    pub fn poll_transport(&mut self) -> Option<Tsdu> {
        self.transport.pop_front()
    }

    /// What the user is told next.
    pub fn poll_event(&mut self) -> Option<Bytes> {
        self.events.pop_front()
    }
}
