//! What NSP tells session control, and the checks of a connect (DNA Session Control 1.0.0, operation).
use super::super::address::NodeAddress;
use super::super::message::ConnectData;
use super::super::nsp::service::{LinkId, NspIndication, NspRequest};
use super::super::port::table::Event as Cause;
use super::super::reason::Reason;
use super::{Input, Offer, Port, SessionControl};
use crate::time::Instant;
use bytes::Bytes;

impl SessionControl {
    /// NSP acts. An indication of a link that is not known any more has no effect.
    pub fn nsp(&mut self, indication: NspIndication, now: Instant) {
        let link = indication.link();
        let (cause, input) = match indication {
            NspIndication::Connect { source, data, .. } => return self.connected(link, source, &data.0, now),
            NspIndication::ConnectAcknowledged { .. } => (Cause::ConnectAcknowledged, Input::default()),
            NspIndication::ConnectReturned { .. } => {
                let reason = Some(Reason::UNREACHABLE);
                (Cause::ConnectReturned, Input { reason, ..Input::default() })
            }
            NspIndication::ConnectConfirmed { data, .. } => {
                (Cause::ConnectConfirmed, Input { data, ..Input::default() })
            }
            NspIndication::Running { .. } => (Cause::RunningIndication, Input::default()),
            NspIndication::Disconnected { reason, data, .. } => {
                (Cause::Disconnected, Input { reason: Some(reason), data, ..Input::default() })
            }
            NspIndication::DisconnectConfirmed { reason, .. } => {
                let cause = match reason {
                    Reason::NO_LINK | Reason::COMPLETE => Cause::NoLink,
                    _ => Cause::DisconnectConfirmed,
                };
                (cause, Input { reason: Some(reason), ..Input::default() })
            }
            NspIndication::Lost { .. } => {
                (Cause::Lost, Input { reason: Some(Reason::UNREACHABLE), ..Input::default() })
            }
            NspIndication::Failed { reason, error, .. } => {
                (Cause::Failed, Input { reason: Some(reason), error: Some(error), ..Input::default() })
            }
            NspIndication::Acknowledged { messages, octets, .. } => {
                let all = self
                    .ports
                    .get(&link)
                    .is_none_or(|port| messages >= port.sending.0 && octets >= port.sending.1);
                let cause = if all { Cause::AllAcknowledged } else { Cause::Acknowledged };
                (cause, Input { messages, octets, ..Input::default() })
            }
            NspIndication::InterruptCredit { count, .. } => {
                (Cause::InterruptCredit, Input { count, ..Input::default() })
            }
            NspIndication::Data { message, .. } => {
                (Cause::DataIndication, Input { data: message, ..Input::default() })
            }
            NspIndication::Interrupt { data, .. } => {
                (Cause::InterruptIndication, Input { data, ..Input::default() })
            }
        };
        self.indicate(link, cause, input, now);
    }

    /// A blank cell ignores an indication, and so does a port that is gone.
    pub(super) fn indicate(&mut self, link: LinkId, cause: Cause, input: Input, now: Instant) {
        let _ = self.run(link, cause, input, now);
    }

    /// A connect came: form, object, room, access control, in this order.
    fn connected(&mut self, link: LinkId, node: NodeAddress, octets: &Bytes, now: Instant) {
        let refuse = |reason| NspRequest::Disconnect { link, reason, data: Bytes::new() };
        if self.ports.contains_key(&link) {
            return;
        }
        if self.ports.len() >= self.config.limits.ports {
            self.requests.push_back(refuse(Reason::NODE_RESOURCES));
            return;
        }
        match self.check(link, node, octets) {
            Ok(offer) => {
                self.ports.insert(link, Port::new(node, Some(offer.object), true));
                let input = Input { offer: Some(offer), ..Input::default() };
                self.indicate(link, Cause::ConnectIndication, input, now);
            }
            Err(reason) => {
                self.ports.insert(link, Port::new(node, None, false));
                let input = Input { reason: Some(reason), ..Input::default() };
                self.indicate(link, Cause::ConnectRefused, input, now);
            }
        }
    }

    fn check(
        &self,
        link: LinkId,
        node: NodeAddress,
        octets: &Bytes,
    ) -> core::result::Result<Box<Offer>, Reason> {
        let connect = ConnectData::decode(octets).map_err(|error| {
            let code = error.details().reason.and_then(|code| u16::try_from(code).ok());
            code.map_or(Reason::CONNECT_DATA_INVALID, Reason::new)
        })?;
        let (id, object) = self
            .objects
            .iter()
            .find(|(_, object)| object.answers_to(&connect.destination))
            .ok_or(Reason::NO_SUCH_OBJECT)?;
        if self.ports.values().filter(|port| port.object == Some(*id)).count() >= object.max_links {
            return Err(Reason::OBJECT_BUSY);
        }
        // A proxy is declined here: without a mapping it counts as no access control at all.
        let access = object.verify(connect.access)?;
        Ok(Box::new(Offer {
            link,
            object: *id,
            node,
            node_name: self.name_of(node).cloned(),
            destination: connect.destination,
            source: connect.source,
            access,
            user_data: connect.user_data.unwrap_or_default(),
            proxy: connect.proxy,
            proxy_by_codes: connect.proxy_by_codes,
        }))
    }
}
