//! Where the tokens are, as far as the SPDUs tell.
use osisession_proto::x225::passive::{Direction, Properties};
use osisession_proto::x225::spdu::{Kind, Spdu};
use osisession_proto::x225::{TokenAssignment, TokenSide, Tokens};

/// The tokens in the order in which they are drawn, and their letters.
pub(super) const TOKENS: [(Tokens, char); 4] = [
    (Tokens::DATA, 'D'),
    (Tokens::SYNCHRONIZE_MINOR, 'S'),
    (Tokens::MAJOR_ACTIVITY, 'M'),
    (Tokens::RELEASE, 'R'),
];

/// The letters of some tokens: "DM".
pub(super) fn letters(tokens: Tokens) -> String {
    TOKENS.iter().filter(|(token, _)| tokens.contains(*token)).map(|(_, letter)| letter).collect()
}

/// The holder of each token: the party from which `Direction` goes. `None`: not known, or there is no such token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holders(pub(super) [Option<Direction>; 4]);

/// Follows the tokens of one connection (X.225 A.5.4, actions \[11\], \[29\], \[30\]).
#[derive(Clone, Debug, Default)]
pub(super) struct TokenMap {
    available: Tokens,
    holders: Holders,
    resync: Option<(Direction, TokenAssignment)>,
}

impl TokenMap {
    pub(super) fn holders(&self) -> Holders {
        self.holders
    }

    fn set(&mut self, tokens: Tokens, holder: Direction) {
        for (index, (token, _)) in TOKENS.iter().enumerate() {
            if self.available.contains(*token) && tokens.contains(*token) {
                self.holders.0[index] = Some(holder);
            }
        }
    }

    fn assign(&mut self, requestor: Direction, assignment: TokenAssignment) {
        for (token, _) in TOKENS {
            let acceptor = assignment.side(token) == TokenSide::Acceptor;
            self.set(token, if acceptor { requestor.reverse() } else { requestor });
        }
    }

    pub(super) fn negotiated(&mut self, properties: &Properties) {
        *self = TokenMap { available: properties.functional_units.tokens(), ..TokenMap::default() };
        self.assign(properties.initiator, properties.tokens);
    }

    pub(super) fn lost(&mut self) {
        self.holders = Holders::default();
    }

    pub(super) fn spdu(&mut self, direction: Direction, kind: Kind, spdu: &Spdu<'_>) {
        let other = direction.reverse();
        match kind {
            Kind::CN => *self = TokenMap::default(),
            Kind::GT => self.set(spdu.token_item().unwrap_or_default(), other),
            Kind::GTC => self.set(Tokens::all(), other),
            Kind::RS => self.resync = Some((direction, spdu.token_setting().unwrap_or_default())),
            Kind::RA => {
                if let Some((requestor, mut assignment)) = self.resync.take() {
                    let chosen = spdu.token_setting().unwrap_or_default();
                    for (token, _) in TOKENS {
                        if assignment.side(token) == TokenSide::AcceptorChooses {
                            assignment.set(token, chosen.side(token));
                        }
                    }
                    self.assign(requestor, assignment);
                }
            }
            // The answer: all tokens are where the activity was interrupted or discarded.
            Kind::AIA | Kind::ADA => self.set(Tokens::all(), other),
            _ => {}
        }
    }
}
