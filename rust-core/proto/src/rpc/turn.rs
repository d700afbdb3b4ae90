//! Who may speak. Over duplex both; over half-duplex the holder of the data token (X.215 S-TOKEN-GIVE, S-TOKEN-PLEASE), who gives it
//! away as soon as it has said what it has to say: what it asked for can only come from the other side.

/// Where the data token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There is no connection.
    Nobody,
    /// There is no data token.
    Both,
    /// Here.
    Here,
    /// Here, and the peer asks for it.
    Wanted,
    /// With the peer.
    There,
    /// With the peer, who was asked for it.
    Asked,
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnEvent {
    /// There is something to say.
    Ready,
    /// Something was said in this turn, and there is no more.
    Said,
    /// The peer asks, and nothing is left to say, or enough was said.
    Enough,
    /// S-TOKEN-GIVE indication.
    Given,
    /// S-TOKEN-PLEASE indication.
    Please,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TurnAction {
    /// Nothing but the new state.
    Become(Turn),
    /// Speak.
    Speak,
    /// S-TOKEN-PLEASE request.
    Ask,
    /// S-TOKEN-GIVE request.
    Give,
    /// The peer gives or wants what does not exist; the session machine sees to it that this does not happen.
    Impossible,
}

impl Turn {
    pub(super) fn on(self, event: TurnEvent) -> TurnAction {
        use TurnAction as Do;
        use TurnEvent as On;
        match (self, event) {
            (Turn::Nobody, On::Ready | On::Said | On::Enough) => Do::Become(Turn::Nobody),
            (Turn::Nobody, On::Given | On::Please) => Do::Impossible,

            (Turn::Both, On::Ready) => Do::Speak,
            (Turn::Both, On::Said | On::Enough) => Do::Become(Turn::Both),
            (Turn::Both, On::Given | On::Please) => Do::Impossible,

            (Turn::Here, On::Ready) => Do::Speak,
            (Turn::Here, On::Said) => Do::Give,
            (Turn::Here, On::Enough) => Do::Become(Turn::Here),
            (Turn::Here, On::Given) => Do::Impossible,
            (Turn::Here, On::Please) => Do::Become(Turn::Wanted),

            (Turn::Wanted, On::Ready) => Do::Speak,
            (Turn::Wanted, On::Said | On::Enough) => Do::Give,
            (Turn::Wanted, On::Given) => Do::Impossible,
            (Turn::Wanted, On::Please) => Do::Become(Turn::Wanted),

            (Turn::There, On::Ready) => Do::Ask,
            (Turn::There, On::Said | On::Enough) => Do::Become(Turn::There),
            (Turn::There, On::Given) => Do::Become(Turn::Here),
            // It asked while the token was on its way to it.
            (Turn::There, On::Please) => Do::Become(Turn::There),

            (Turn::Asked, On::Ready | On::Said | On::Enough) => Do::Become(Turn::Asked),
            (Turn::Asked, On::Given) => Do::Become(Turn::Here),
            (Turn::Asked, On::Please) => Do::Become(Turn::Asked),
        }
    }
}

#[cfg(test)]
impl Turn {
    pub(super) const ALL: [Turn; 6] =
        [Turn::Nobody, Turn::Both, Turn::Here, Turn::Wanted, Turn::There, Turn::Asked];
}
