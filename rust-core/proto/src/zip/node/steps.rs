//! What the actions of a node's state table do.
use super::event::{NodeEvent, Output};
use super::machine::ZoneMachine;
use super::table::{self, Action, Event};
use crate::error::{Error, Layer};
use crate::time::Instant;
use crate::zip::address::{NetworkRange, NodeAddress, STARTUP, ddp_type, socket};
use crate::zip::call::ZoneCall;
use crate::zip::message::{Message, flag};
use crate::zip::name::{Name, ZoneName};
use crate::zip::rtmp;

impl ZoneMachine {
    pub(super) fn event(&mut self, event: Event, now: Instant) {
        let cell = if self.config.extended {
            table::extended(self.state, event)
        } else {
            table::nonextended(self.state, event)
        };
        self.state = cell.next;
        for action in cell.actions {
            self.act(*action, event, now);
        }
    }

    fn act(&mut self, action: Action, event: Event, now: Instant) {
        match action {
            Action::ClaimFirst => self.claim_first(),
            Action::ClaimStartup => {
                self.startup = true;
                self.claim(NetworkRange::ANY, None);
            }
            Action::ClaimInRange => {
                let Some((info, _)) = &self.reply else { return };
                // The node id may be good on the network as well.
                let hint = self.address.map(|own| NodeAddress::new(info.range.start(), own.node));
                self.claim(info.range, hint);
            }
            Action::Release => self.outputs.push_back(Output::Release),
            Action::TakeAddress => {
                self.address = Some(self.claimed);
                self.config.stored.address = self.address;
            }
            Action::ResetTries => self.tries = 0,
            Action::AskEveryone => {
                self.tries += 1;
                self.ask_at = Some(now + self.config.limits.net_info_interval);
                if self.config.extended {
                    self.ask_net_info(NodeAddress::EVERYONE, self.wanted());
                } else {
                    let request = rtmp::Request::Network.encode();
                    let to = NodeAddress::EVERYONE.socket(socket::RTMP);
                    self.send(to, socket::RTMP, ddp_type::RTMP_REQUEST, request);
                }
            }
            Action::AskRouter => {
                self.tries += 1;
                self.ask_at = Some(now + self.config.limits.net_info_interval);
                let to = self.router.unwrap_or(NodeAddress::EVERYONE);
                self.ask_net_info(to, self.wanted());
            }
            Action::StopAsking => self.ask_at = None,
            Action::LearnReply => {
                if let Some((info, router)) = &self.reply {
                    (self.range, self.router) = (info.range, Some(*router));
                }
            }
            Action::LearnRtmp => self.learn_rtmp(),
            Action::HearRouter => self.router_at = Some(now + self.config.limits.router_age),
            Action::ForgetRouter => {
                self.range = NetworkRange::ANY;
                self.lose_router();
                self.leave_zone();
            }
            Action::LoseRouter => self.lose_router(),
            Action::DecideZone => {
                let Some((info, _)) = &self.reply else { return };
                let (multicast, valid) = (info.multicast_to_join(), info.is_valid());
                let zone = if valid { ZoneName::from_name(info.zone).ok() } else { info.default_zone };
                self.enter_zone(zone, multicast);
            }
            Action::AskMyZone => self.my_zone = self.call(ZoneCall::GetMyZone, now).ok(),
            Action::AskPick | Action::RepeatPick => {
                let interval = self.config.limits.net_info_interval;
                let Some(pick) = self.pick.as_mut() else { return };
                pick.tries += 1;
                pick.at = now + interval;
                let zone = *pick.zone.name();
                self.ask_net_info(self.router.unwrap_or(NodeAddress::EVERYONE), zone);
            }
            Action::TakePick => {
                let Some((info, _)) = &self.reply else { return };
                let multicast = info.multicast_to_join();
                let zone = self.pick.as_ref().map(|pick| pick.zone);
                self.enter_zone(zone, multicast);
                self.config.stored.zone = zone;
            }
            Action::Rename => {
                let Some(notify) = &self.notify else { return };
                let use_broadcast = notify.flags & flag::USE_BROADCAST != 0;
                let multicast = notify.multicast.filter(|_| !use_broadcast);
                let zone = Some(notify.new_zone);
                self.enter_zone(zone, multicast);
                self.config.stored.zone = zone;
            }
            Action::Forget => self.forget(),
            Action::TellUp => self.tell_up(),
            Action::TellAlone => {
                let address = self.address.unwrap_or_default();
                self.tell(NodeEvent::Alone { address });
            }
            Action::TellLost => self.tell(NodeEvent::RouterLost),
            Action::TellStranded => {
                if let Some(range) = self.rtmp.as_ref().and_then(rtmp::Data::range) {
                    self.tell(NodeEvent::Stranded { range });
                }
            }
            Action::TellFailed => self.tell(NodeEvent::Failed),
            Action::TellPicked => {
                if let Some(pick) = self.pick.take() {
                    self.tell(match pick.renames {
                        Some(old) => NodeEvent::Renamed { old, new: pick.zone },
                        None => NodeEvent::Picked { zone: pick.zone },
                    });
                }
            }
            Action::TellPickFailed => self.tell_pick_failed(match event {
                Event::PickInvalid => "the zone is not one of this network",
                Event::RouterTimer => "the router was lost while it was asked about the zone",
                _ => "no router has answered about the zone",
            }),
            Action::TellRenamed => {
                if let Some(notify) = self.notify.take() {
                    self.tell(NodeEvent::Renamed { old: notify.old_zone, new: notify.new_zone });
                }
            }
        }
    }

    fn claim_first(&mut self) {
        let stored = self.config.stored.address;
        let network = stored.map(|address| address.network).unwrap_or_default();
        match NetworkRange::single(network) {
            Ok(networks) if self.config.extended => {
                self.startup = false;
                self.claim(networks, stored);
            }
            _ => {
                self.startup = true;
                let hint = stored.filter(|own| !self.config.extended || STARTUP.contains(own.network));
                self.claim(NetworkRange::ANY, hint);
            }
        }
    }

    fn claim(&mut self, networks: NetworkRange, hint: Option<NodeAddress>) {
        let nodes = match (self.config.extended, self.config.server) {
            (true, _) => (1, 253),
            (false, false) => (1, 127),
            (false, true) => (128, 254),
        };
        self.outputs.push_back(Output::Claim { networks, nodes, hint });
    }

    /// The zone to ask for; nothing if none is wanted.
    pub(super) fn wanted(&self) -> Name {
        self.config.stored.zone.map(|zone| *zone.name()).unwrap_or(Name::EMPTY)
    }

    fn ask_net_info(&mut self, to: NodeAddress, zone: Name) {
        if let Ok(message) = (Message::GetNetInfo { zone }).encode() {
            self.send(to.socket(socket::ZIP), socket::ZIP, ddp_type::ZIP, message);
        }
    }

    fn learn_rtmp(&mut self) {
        let Some(data) = &self.rtmp else { return };
        let (router, range) = (data.sender, data.range());
        self.router = Some(router);
        let Some(range) = range else { return };
        let changed = self.range != range;
        self.range = range;
        if !self.config.extended && changed {
            self.outputs.push_back(Output::Network(range.start()));
            if let Some(address) = self.address.as_mut() {
                address.network = range.start();
                self.names.moved(*address);
            }
            self.config.stored.address = self.address;
        }
    }

    fn lose_router(&mut self) {
        (self.router, self.router_at, self.ask_at) = (None, None, None);
        self.routers.clear();
    }

    fn leave_zone(&mut self) {
        self.zone = None;
        if let Some(old) = self.multicast.take() {
            self.outputs.push_back(Output::Leave(old));
        }
    }

    fn enter_zone(&mut self, zone: Option<ZoneName>, multicast: Option<crate::zip::Mac>) {
        if self.multicast != multicast {
            self.leave_zone();
            if let Some(new) = multicast {
                self.outputs.push_back(Output::Join(new));
            }
            self.multicast = multicast;
        }
        self.zone = zone;
    }

    fn tell_up(&mut self) {
        let (Some(address), Some(router)) = (self.address, self.router) else { return };
        if self.config.extended {
            self.names.moved(address);
        }
        let choice = self
            .reply
            .as_ref()
            .is_some_and(|(info, _)| !info.is_valid() && info.flags & flag::ONLY_ONE_ZONE == 0);
        let (range, zone) = (self.range, self.zone);
        self.tell(NodeEvent::Up { address, range, router, zone, choice });
    }

    fn tell_pick_failed(&mut self, text: &'static str) {
        let Some(pick) = self.pick.take() else { return };
        if pick.renames.is_some() {
            // A Notify that the router does not confirm: as if it had not come.
            self.counters.ignored += 1;
            return;
        }
        let error = Error::new(crate::error::ErrorKind::Refused, Layer::Session, text)
            .with_parameter(pick.zone.to_string())
            .with_clause("Inside AppleTalk ch. 8");
        self.tell(NodeEvent::PickFailed { zone: pick.zone, error });
    }

    fn forget(&mut self) {
        self.lose_router();
        self.leave_zone();
        self.range = NetworkRange::ANY;
        (self.address, self.pick, self.reply, self.rtmp, self.notify) = (None, None, None, None, None);
        self.my_zone = None;
        self.requests.clear();
        self.names.clear();
        self.echoes.clear();
    }
}
