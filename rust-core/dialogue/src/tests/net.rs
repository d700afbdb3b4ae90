//! A network as the model has it: connections of two channels, each with a prefix of what was sent; ends that are attached or not.
use std::collections::VecDeque;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Conn<I> {
    pub(super) id: u64,
    pub(super) maker: usize,
    /// By the side that sends.
    pub(super) channels: [VecDeque<I>; 2],
    pub(super) attached: [bool; 2],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Net<I> {
    pub(super) conns: Vec<Conn<I>>,
    pub(super) made: u64,
}

impl<I> Net<I> {
    pub(super) fn new() -> Net<I> {
        Net { conns: Vec::new(), made: 0 }
    }

    pub(super) fn index(&self, id: u64) -> Option<usize> {
        self.conns.iter().position(|conn| conn.id == id)
    }

    fn tidy(&mut self, at: usize) {
        let conn = &self.conns[at];
        if conn.attached == [false, false] && conn.channels.iter().all(VecDeque::is_empty) {
            self.conns.remove(at);
        }
    }

    pub(super) fn connect(&mut self, x: usize, first: I) -> u64 {
        let mut conn = Conn {
            id: self.made,
            maker: x,
            channels: [VecDeque::new(), VecDeque::new()],
            attached: [x == 0, x == 1],
        };
        conn.channels[x].push_back(first);
        self.conns.push(conn);
        self.made += 1;
        self.made - 1
    }

    pub(super) fn attach(&mut self, id: u64, x: usize) {
        if let Some(at) = self.index(id) {
            self.conns[at].attached[x] = true;
        }
    }

    pub(super) fn push(&mut self, id: u64, x: usize, item: I) {
        if let Some(at) = self.index(id)
            && self.conns[at].attached[1 - x]
        {
            self.conns[at].channels[x].push_back(item);
        }
    }

    /// Node `x` closes its end; the other hears of it behind what is in flight.
    pub(super) fn detach(&mut self, id: u64, x: usize, end: I) {
        let Some(at) = self.index(id) else { return };
        let conn = &mut self.conns[at];
        if conn.attached[x] {
            conn.attached[x] = false;
            if conn.attached[1 - x] || !conn.channels[x].is_empty() {
                conn.channels[x].push_back(end);
            }
            conn.channels[1 - x].clear();
        }
        self.tidy(at);
    }

    /// Node `x` answers a request that it did not take.
    pub(super) fn refuse(&mut self, id: u64, x: usize, item: I) {
        let Some(at) = self.index(id) else { return };
        let conn = &mut self.conns[at];
        if conn.attached[1 - x] {
            conn.channels[x].push_back(item);
            conn.channels[1 - x].clear();
        } else {
            self.conns.remove(at);
        }
    }

    /// What stands at the head of the channel towards `x`.
    pub(super) fn head(&self, id: u64, x: usize) -> Option<&I> {
        self.conns[self.index(id)?].channels[1 - x].front()
    }

    pub(super) fn pop(&mut self, id: u64, x: usize) -> Option<I> {
        let at = self.index(id)?;
        self.conns[at].channels[1 - x].pop_front()
    }

    /// After a request that was withdrawn has been read to its end.
    pub(super) fn forget_if_over(&mut self, id: u64) {
        if let Some(at) = self.index(id) {
            self.tidy(at);
        }
    }

    /// Only a prefix of what `x` sent goes on its way.
    pub(super) fn cut(&mut self, id: u64, x: usize, keep: usize) {
        if let Some(at) = self.index(id) {
            self.conns[at].channels[x].truncate(keep);
        }
    }

    /// The connection breaks, each direction keeps a prefix.
    pub(super) fn break_off(&mut self, id: u64, keep: [usize; 2], mut end: impl FnMut() -> I) {
        let Some(at) = self.index(id) else { return };
        let conn = &mut self.conns[at];
        for (x, keep) in keep.into_iter().enumerate() {
            conn.channels[x].truncate(keep);
            if conn.attached[1 - x] || keep > 0 {
                conn.channels[x].push_back(end());
            }
        }
    }
}
