//! Every limit and timer of the DECnet engines: its unit, its default, and the attack or rule that it answers.
use core::time::Duration;

/// Limits and timers of session control, NSP and routing. Defaults are safe for a network that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// From a connect to its answer; then the caller is told "rejected, 38". Default 30 s.
    pub outgoing_timeout: Duration,
    /// From an offered connect to the object's answer; then it is rejected with 38. Default 30 s.
    pub incoming_timeout: Duration,
    /// Links of all kinds that session control keeps, ended ones included until the user has seen their end. Default 1,024.
    pub ports: usize,
    /// Links of all kinds that NSP keeps. Default 1,024; at most 65,535 have an address.
    pub links: usize,
    /// Of those, links that were asked for from outside: a flood of connects leaves room for our own. Default 512.
    pub incoming_links: usize,
    /// Of those, links that were neither accepted nor rejected. Further connects get "no resources" (1). Default 64.
    pub offered_links: usize,
    /// Octets of one link that were given to be sent and are not acknowledged; above it sending would block. Default 1 MiB.
    pub queued_send_octets: usize,
    /// Messages of one link that were given to be sent and are not acknowledged. Default 1,024.
    pub queued_send_messages: usize,
    /// Octets of one link in messages that the user has not taken. At half of it the peer is told to stop; above it segments are
    /// dropped and not acknowledged. Default 1 MiB.
    pub queued_receive_octets: usize,
    /// Messages of one link that the user has not taken, with the same rules; it bounds empty messages. Default 1,024.
    pub queued_receive_messages: usize,
    /// Interrupt messages of one link that the user has not taken; further ones are not acknowledged. Default 16.
    pub queued_interrupts: usize,
    /// Octets of one received message (NSP has no limit of its own); a longer one ends the link. Default 16 MiB.
    pub message_octets: usize,
    /// Data segments that may be unacknowledged, 1 to 2,047. Default 20.
    pub send_window: u16,
    /// How far ahead of its turn a segment may come and still be kept, 0 to 2,047. Default 32.
    pub receive_window: u16,
    /// Credits that a receiver with flow control gives at a time, 1 to 127. Default 32.
    pub receive_credits: u8,
    /// How often a message is sent before the link is given up. Default 5.
    pub transmissions: u8,
    /// Retransmission time before the first measurement. Default 2 s.
    pub retransmit_initial: Duration,
    /// The shortest retransmission time. Default 1 s.
    pub retransmit_min: Duration,
    /// The longest retransmission time. Default 10 s.
    pub retransmit_max: Duration,
    /// Retransmission time in units of the smoothed round trip. Default 2.
    pub delay_factor: u32,
    /// Weight of what was measured before: the round trip moves by 1/(weight + 1) of the difference. Default 3.
    pub delay_weight: u32,
    /// How long an acknowledgement may wait for a message to travel with. Default 0.1 s.
    pub ack_delay: Duration,
    /// After this long without a word from the peer a running link is tested. Default 60 s.
    pub inactivity: Duration,
    /// Answers to messages that belong to no link, until they are sent; further ones are dropped. Default 64.
    pub queued_replies: usize,
    /// T3: seconds between hellos on a circuit from point to point, and how long an initialization may take. Default 10 s.
    pub hello: Duration,
    /// The longest listen time that a neighbour can ask for by its hello timer. Default 16,382 s (2 x 8,191).
    pub listen_max: Duration,
    /// The smallest block size of a neighbour: a connect initiate with every field at its limit has to fit. Default 192 octets.
    pub min_block_size: u16,
    /// Octets of a packet on a Multinet circuit. Default 1,600.
    pub packet_octets: usize,
    /// Stations of an Ethernet whose address is remembered. Default 1,024.
    pub stations: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            outgoing_timeout: Duration::from_secs(30),
            incoming_timeout: Duration::from_secs(30),
            ports: 1_024,
            links: 1_024,
            incoming_links: 512,
            offered_links: 64,
            queued_send_octets: 1 << 20,
            queued_send_messages: 1_024,
            queued_receive_octets: 1 << 20,
            queued_receive_messages: 1_024,
            queued_interrupts: 16,
            message_octets: 16 << 20,
            send_window: 20,
            receive_window: 32,
            receive_credits: 32,
            transmissions: 5,
            retransmit_initial: Duration::from_secs(2),
            retransmit_min: Duration::from_secs(1),
            retransmit_max: Duration::from_secs(10),
            delay_factor: 2,
            delay_weight: 3,
            ack_delay: Duration::from_millis(100),
            inactivity: Duration::from_secs(60),
            queued_replies: 64,
            hello: Duration::from_secs(10),
            listen_max: Duration::from_secs(2 * 8_191),
            min_block_size: 192,
            packet_octets: super::multinet::MAX_PACKET,
            stations: 1_024,
        }
    }
}
