//! The order in which addresses are tried.
use crate::zip::address::{NetworkRange, NodeAddress};
use crate::zip::random::Random;

/// Addresses of some networks, each once, in an order of its own: two stations that start together must not go on together.
#[derive(Debug)]
pub(super) struct Candidates {
    hint: Option<NodeAddress>,
    networks: NetworkRange,
    nodes: (u8, u8),
    total: u64,
    at: u64,
    stride: u64,
    left: u64,
}

impl Candidates {
    /// `most` addresses of `networks` with the node ids `nodes`, both ends included; `hint` first, if it is one of them.
    pub(super) fn new(
        networks: NetworkRange,
        nodes: (u8, u8),
        hint: Option<NodeAddress>,
        most: u32,
        random: &mut Random,
    ) -> Candidates {
        let nodes = (nodes.0.min(nodes.1), nodes.1);
        let total = (u64::from(networks.end() - networks.start()) + 1) * (u64::from(nodes.1 - nodes.0) + 1);
        let mut stride = random.next() % total + 1;
        while gcd(stride, total) != 1 {
            stride = stride % total + 1;
        }
        let hint =
            hint.filter(|hint| networks.contains(hint.network) && (nodes.0..=nodes.1).contains(&hint.node));
        let left = total.min(u64::from(most));
        Candidates { hint, networks, nodes, total, at: random.next() % total, stride, left }
    }

    /// True if there is another one.
    pub(super) fn more(&self) -> bool {
        self.left > 0
    }
}

impl Iterator for Candidates {
    type Item = NodeAddress;

    fn next(&mut self) -> Option<NodeAddress> {
        self.left = self.left.checked_sub(1)?;
        if let Some(hint) = self.hint.take() {
            return Some(hint);
        }
        let per_network = u64::from(self.nodes.1 - self.nodes.0) + 1;
        let (network, node) = (self.at / per_network, self.at % per_network);
        self.at = (self.at + self.stride) % self.total;
        Some(NodeAddress::new(self.networks.start() + network as u16, self.nodes.0 + node as u8))
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
