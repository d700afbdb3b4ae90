//! What the cells of a link's table do (DNA NSP 4.0.1).
use super::super::address::NodeAddress;
use super::super::reason::Reason;
use super::engine::{Input, Nsp, packet};
use super::link::Opening;
use super::message::{Addresses, Hidden, Message};
use super::service::NspIndication;
use super::table::Action;
use crate::error::Error;
use crate::time::Instant;
use bytes::Bytes;

impl Nsp {
    pub(super) fn perform(
        &mut self,
        action: Action,
        local: Option<u16>,
        input: &Input,
        now: Instant,
    ) -> Result<(), Error> {
        if matches!(action, Action::ReplyNoResources | Action::ReplyNoLink | Action::ReplyComplete) {
            self.reply(action, input);
            return Ok(());
        }
        let Some(link) = local.and_then(|local| self.links.get_mut(&local)) else { return Ok(()) };
        let (config, out) = (&self.config, &mut self.indications);
        let id = link.id;
        let reason_and_data = |message: &Option<Message>| match message {
            Some(Message::DisconnectInitiate { reason, data, .. }) => (*reason, Bytes::copy_from_slice(data)),
            Some(Message::DisconnectConfirm { reason, .. }) => (*reason, Bytes::new()),
            _ => (Reason::UNSPECIFIED, Bytes::new()),
        };
        match action {
            // Done before.
            Action::Open | Action::ReplyNoResources | Action::ReplyNoLink | Action::ReplyComplete => {}
            Action::SendConnectInitiate => {
                link.open(Opening::Initiate(input.connect.clone()), false, now);
            }
            Action::SendConnectAck => {
                if !link.peer.version.is_phase_ii() {
                    let (node, destination) = (link.node, link.remote);
                    self.push_reply(node, &Message::ConnectAck { destination });
                }
            }
            Action::SendConnectConfirm => link.open(Opening::Confirm(input.data.clone()), false, now),
            Action::SendConnectConfirmOnce => {
                link.open(Opening::Confirm(input.data.clone()), true, now);
                link.update_flow(config);
            }
            Action::SendDisconnectInitiate => {
                link.drop_queues();
                let reason = input.reason.unwrap_or(Reason::UNSPECIFIED);
                link.open(Opening::Disconnect(reason, input.data.clone()), false, now);
            }
            Action::SendDataAck => link.data_in.owe(None),
            Action::StopRepeating => link.stop_repeating(input.message.is_some(), &config.limits, now),
            Action::LearnPeer => match &input.message {
                Some(Message::ConnectInitiate { services, .. }) => link.peer = *services,
                Some(Message::ConnectConfirm { addresses, services, .. }) => {
                    link.remote = addresses.source;
                    link.peer = *services;
                    link.update_flow(config);
                }
                _ => {}
            },
            Action::LearnAddress => {
                if let Some(Message::DisconnectInitiate { addresses, .. }) = &input.message {
                    link.remote = addresses.source;
                }
            }
            Action::TakeAcks => {
                let (acks, of_data) = match &input.message {
                    Some(Message::Data(segment)) => (segment.acks, true),
                    Some(Message::DataAck { acks, .. }) => (*acks, true),
                    Some(Message::Interrupt(interrupt)) => (interrupt.acks, false),
                    Some(Message::LinkService(service)) => (service.acks, false),
                    Some(Message::OtherAck { acks, .. }) => (*acks, false),
                    _ => return Ok(()),
                };
                link.take_acks(acks, of_data, config, now, out);
            }
            Action::ReceiveData => {
                if let Some(Message::Data(segment)) = &input.message {
                    return link.receive_data(segment, config, &mut self.counters, now, out);
                }
            }
            Action::ReceiveInterrupt | Action::ReceiveLinkService => {
                if let Some(message) = &input.message {
                    return link.receive_other(message, config, &mut self.counters, out);
                }
            }
            Action::QueueData => link.queue.push_back(input.data.clone()),
            Action::QueueInterrupt => link.interrupts.push_back(input.data.clone()),
            Action::SendKeepAlive => {
                link.heard = now;
                if link.other_out.outstanding() == 0 {
                    link.wanted.keep_alive = true;
                }
            }
            Action::IndicateConnect => {
                if let Some(Message::ConnectInitiate { data, .. }) = &input.message {
                    let data = Hidden(Bytes::copy_from_slice(&data.0));
                    out.push_back(NspIndication::Connect { link: id, source: link.node, data });
                }
            }
            Action::IndicateAcknowledged => out.push_back(NspIndication::ConnectAcknowledged { link: id }),
            Action::IndicateReturned => out.push_back(NspIndication::ConnectReturned { link: id }),
            Action::IndicateConfirmed => {
                if let Some(Message::ConnectConfirm { data, .. }) = &input.message {
                    let data = Bytes::copy_from_slice(data);
                    out.push_back(NspIndication::ConnectConfirmed { link: id, data });
                }
            }
            Action::IndicateRunning => {
                link.update_flow(config);
                out.push_back(NspIndication::Running { link: id });
            }
            Action::IndicateDisconnected => {
                let (reason, data) = reason_and_data(&input.message);
                out.push_back(NspIndication::Disconnected { link: id, reason, data });
            }
            Action::IndicateDisconnectConfirmed => {
                let (reason, _) = reason_and_data(&input.message);
                out.push_back(NspIndication::DisconnectConfirmed { link: id, reason });
            }
            Action::IndicateLost => out.push_back(NspIndication::Lost { link: id }),
            Action::IndicateFailed => {
                let error = input
                    .error
                    .clone()
                    .unwrap_or_else(|| Error::peer(crate::Layer::Transport, "the peer broke a rule of NSP"));
                let reason = Reason::UNSPECIFIED;
                out.push_back(NspIndication::Failed { link: id, reason, error });
            }
        }
        Ok(())
    }

    /// Answers with a Disconnect Confirm, the addresses of the message exchanged.
    fn reply(&mut self, action: Action, input: &Input) {
        let Some(node) = input.node else { return };
        let came = match &input.message {
            Some(Message::ConnectInitiate { source, .. }) => Addresses { destination: 0, source: *source },
            Some(Message::Data(segment)) => segment.addresses,
            Some(Message::Interrupt(interrupt)) => interrupt.addresses,
            Some(Message::LinkService(service)) => service.addresses,
            Some(
                Message::ConnectConfirm { addresses, .. } | Message::DisconnectInitiate { addresses, .. },
            ) => *addresses,
            _ => return,
        };
        let reason = match action {
            Action::ReplyNoResources => Reason::NO_RESOURCES,
            Action::ReplyComplete => Reason::COMPLETE,
            _ => Reason::NO_LINK,
        };
        let addresses = Addresses { destination: came.source, source: came.destination };
        self.push_reply(node, &Message::DisconnectConfirm { addresses, reason });
    }

    /// An answer that nothing repeats: the peer asks again if it is lost.
    fn push_reply(&mut self, destination: NodeAddress, message: &Message) {
        if self.replies.len() >= self.config.limits.queued_replies.max(1) {
            self.counters.dropped_replies += 1;
            return;
        }
        if let Some(packet) = packet(destination, message) {
            self.replies.push_back(packet);
        }
    }
}
