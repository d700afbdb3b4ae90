//! The names of Annex A: states, incoming events, outgoing events, predicates, specific actions, notes.
//!
//! Each is spelled as the standard spells it, with `_` where Rust wants no sign: `SCONrsp_pos` is SCONrsp+, `AB_nr` is AB-nr,
//! `RS_a` is RS-a, `SRSYNreq_a` is SRSYNreq(a). Their meaning as code: predicates in `predicates.rs`, actions in `actions.rs`,
//! outgoing events in `outgoing.rs`. None of these is matched with a catch-all arm, so that a name without a meaning does
//! not compile.
#![allow(non_camel_case_types, clippy::upper_case_acronyms)]

macro_rules! names {
    ($(#[$meta:meta])* $type:ident: $($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $type { $($(#[$doc])* $name,)* }

        impl $type {
            /// Every one, in the order of the enumeration.
            pub const ALL: &'static [$type] = &[$($type::$name,)*];
            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The name as Annex A spells it.
            pub const fn name(self) -> &'static str {
                match self { $($type::$name => $text,)* }
            }

            /// Finds the one that Annex A spells so.
            pub fn from_name(name: &str) -> Option<$type> {
                Self::ALL.iter().copied().find(|item| item.name() == name)
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names! {
    /// States of the SPM (X.225 Table A.2).
    State:
    /// No transport connection.
    STA01 = "STA01",
    /// ABORT(reuse) sent; the transport connection stays if the peer confirms.
    STA01A = "STA01A",
    /// T-CONNECT request issued for an S-CONNECT request.
    STA01B = "STA01B",
    /// Transport connection up, no session connection on it.
    STA01C = "STA01C",
    /// Responder: CONNECT announced overflow data, OVERFLOW ACCEPT sent.
    STA01D = "STA01D",
    /// Initiator: CONNECT (and any overflow data) sent.
    STA02A = "STA02A",
    /// Initiator: CONNECT announcing overflow data sent.
    STA02B = "STA02B",
    /// FINISH sent.
    STA03 = "STA03",
    /// MAJOR SYNC POINT sent.
    STA04A = "STA04A",
    /// ACTIVITY END sent.
    STA04B = "STA04B",
    /// RESYNCHRONIZE sent; purging as the discard rules say.
    STA05A = "STA05A",
    /// ACTIVITY INTERRUPT sent; purging.
    STA05B = "STA05B",
    /// ACTIVITY DISCARD sent; purging.
    STA05C = "STA05C",
    /// RESYNCHRONIZE sent and a PREPARE(RESYNCHRONIZE) of the peer received (collision).
    STA06 = "STA06",
    /// Responder: S-CONNECT indication given.
    STA08 = "STA08",
    /// FINISH received, S-RELEASE indication given.
    STA09 = "STA09",
    /// MAJOR SYNC POINT received, indication given.
    STA10A = "STA10A",
    /// ACTIVITY END received, indication given.
    STA10B = "STA10B",
    /// RESYNCHRONIZE received, indication given.
    STA11A = "STA11A",
    /// ACTIVITY INTERRUPT received, indication given.
    STA11B = "STA11B",
    /// ACTIVITY DISCARD received, indication given.
    STA11C = "STA11C",
    /// PREPARE(MAJOR SYNC ACK) received on the expedited flow.
    STA15A = "STA15A",
    /// PREPARE(RESYNCHRONIZE) received on the expedited flow; purging.
    STA15B = "STA15B",
    /// PREPARE(RESYNCHRONIZE ACK) received on the expedited flow; purging.
    STA15C = "STA15C",
    /// PREPARE(ABORT) received on the expedited flow; everything else is dropped.
    STA15D = "STA15D",
    /// Session connection over, transport connection must go.
    STA16 = "STA16",
    /// GIVE TOKENS CONFIRM sent.
    STA18 = "STA18",
    /// EXCEPTION DATA sent: error state of the reporter.
    STA19 = "STA19",
    /// Exception received while owning the data token, or EXCEPTION REPORT sent.
    STA20 = "STA20",
    /// CAPABILITY DATA sent.
    STA21 = "STA21",
    /// CAPABILITY DATA received, indication given.
    STA22 = "STA22",
    /// Data transfer, nothing outstanding.
    STA713 = "STA713",
}

names! {
    /// Incoming events (X.225 Table A.1): primitives of the SS-user, indications and confirms of the transport, the timer,
    /// SPDUs of the peer.
    Incoming:
    /// S-ACTIVITY-DISCARD request.
    SACTDreq = "SACTDreq",
    /// S-ACTIVITY-DISCARD response.
    SACTDrsp = "SACTDrsp",
    /// S-ACTIVITY-END request.
    SACTEreq = "SACTEreq",
    /// S-ACTIVITY-END response.
    SACTErsp = "SACTErsp",
    /// S-ACTIVITY-INTERRUPT request.
    SACTIreq = "SACTIreq",
    /// S-ACTIVITY-INTERRUPT response.
    SACTIrsp = "SACTIrsp",
    /// S-ACTIVITY-RESUME request.
    SACTRreq = "SACTRreq",
    /// S-ACTIVITY-START request.
    SACTSreq = "SACTSreq",
    /// S-CAPABILITY-DATA request.
    SCDreq = "SCDreq",
    /// S-CAPABILITY-DATA response.
    SCDrsp = "SCDrsp",
    /// S-CONTROL-GIVE request.
    SCGreq = "SCGreq",
    /// S-CONNECT request.
    SCONreq = "SCONreq",
    /// S-CONNECT response, accept.
    SCONrsp_pos = "SCONrsp+",
    /// S-CONNECT response, reject.
    SCONrsp_neg = "SCONrsp-",
    /// S-DATA request.
    SDTreq = "SDTreq",
    /// S-EXPEDITED-DATA request.
    SEXreq = "SEXreq",
    /// S-TOKEN-GIVE request.
    SGTreq = "SGTreq",
    /// S-TOKEN-PLEASE request.
    SPTreq = "SPTreq",
    /// S-RELEASE request.
    SRELreq = "SRELreq",
    /// S-RELEASE response, accept.
    SRELrsp_pos = "SRELrsp+",
    /// S-RELEASE response, reject.
    SRELrsp_neg = "SRELrsp-",
    /// S-RESYNCHRONIZE request, type abandon.
    SRSYNreq_a = "SRSYNreq(a)",
    /// S-RESYNCHRONIZE request, type restart.
    SRSYNreq_r = "SRSYNreq(r)",
    /// S-RESYNCHRONIZE request, type set.
    SRSYNreq_s = "SRSYNreq(s)",
    /// S-RESYNCHRONIZE request.
    SRSYNreq = "SRSYNreq",
    /// S-RESYNCHRONIZE response.
    SRSYNrsp = "SRSYNrsp",
    /// S-SYNC-MAJOR request.
    SSYNMreq = "SSYNMreq",
    /// S-SYNC-MAJOR response.
    SSYNMrsp = "SSYNMrsp",
    /// S-SYNC-MINOR request without data separation.
    SSYNmreq = "SSYNmreq",
    /// S-SYNC-MINOR request with data separation.
    SSYNmdreq = "SSYNmdreq",
    /// S-SYNC-MINOR response.
    SSYNmrsp = "SSYNmrsp",
    /// S-TYPED-DATA request.
    STDreq = "STDreq",
    /// S-U-ABORT request.
    SUABreq = "SUABreq",
    /// S-U-EXCEPTION-REPORT request.
    SUERreq = "SUERreq",
    /// T-CONNECT indication.
    TCONind = "TCONind",
    /// T-CONNECT confirm.
    TCONcnf = "TCONcnf",
    /// T-DISCONNECT indication.
    TDISind = "TDISind",
    /// Expiry of the only timer of the protocol.
    TIM = "TIM",
    /// ABORT ACCEPT.
    AA = "AA",
    /// ABORT, transport not to be reused.
    AB_nr = "AB-nr",
    /// ABORT, transport offered for reuse.
    AB_r = "AB-r",
    /// ACCEPT.
    AC = "AC",
    /// ACTIVITY DISCARD.
    AD = "AD",
    /// ACTIVITY DISCARD ACK.
    ADA = "ADA",
    /// ACTIVITY END.
    AE = "AE",
    /// MAJOR SYNC ACK or ACTIVITY END ACK received.
    MAA_AEA = "MAA/AEA",
    /// ACTIVITY INTERRUPT.
    AI = "AI",
    /// ACTIVITY INTERRUPT ACK.
    AIA = "AIA",
    /// ACTIVITY RESUME.
    AR = "AR",
    /// ACTIVITY START.
    AS = "AS",
    /// CAPABILITY DATA.
    CD = "CD",
    /// CAPABILITY DATA ACK.
    CDA = "CDA",
    /// CONNECT DATA OVERFLOW.
    CDO = "CDO",
    /// CONNECT.
    CN = "CN",
    /// DISCONNECT.
    DN = "DN",
    /// DATA TRANSFER.
    DT = "DT",
    /// EXCEPTION DATA.
    ED = "ED",
    /// EXCEPTION REPORT.
    ER = "ER",
    /// EXPEDITED DATA.
    EX = "EX",
    /// FINISH, transport not to be reused.
    FN_nr = "FN-nr",
    /// FINISH, transport to be kept.
    FN_r = "FN-r",
    /// GIVE TOKENS with a Token Item.
    GT = "GT",
    /// GIVE TOKENS ACK.
    GTA = "GTA",
    /// GIVE TOKENS CONFIRM.
    GTC = "GTC",
    /// MAJOR SYNC POINT.
    MAP = "MAP",
    /// MINOR SYNC ACK.
    MIA = "MIA",
    /// MINOR SYNC POINT without data separation.
    MIP = "MIP",
    /// MINOR SYNC POINT with data separation.
    MIP_d = "MIP-d",
    /// NOT FINISHED.
    NF = "NF",
    /// OVERFLOW ACCEPT.
    OA = "OA",
    /// PREPARE, type 4.
    PR_AB = "PR-AB",
    /// PREPARE, type 1.
    PR_MAA = "PR-MAA",
    /// PREPARE, type 3.
    PR_RA = "PR-RA",
    /// PREPARE, type 2.
    PR_RS = "PR-RS",
    /// PLEASE TOKENS with a Token Item.
    PT = "PT",
    /// RESYNCHRONIZE ACK.
    RA = "RA",
    /// REFUSE, transport not to be reused.
    RF_nr = "RF-nr",
    /// REFUSE, transport to be kept.
    RF_r = "RF-r",
    /// RESYNCHRONIZE, type abandon.
    RS_a = "RS-a",
    /// RESYNCHRONIZE, type restart.
    RS_r = "RS-r",
    /// RESYNCHRONIZE, type set.
    RS_s = "RS-s",
    /// RESYNCHRONIZE.
    RS = "RS",
    /// TYPED DATA.
    TD = "TD",
}

names! {
    /// Outgoing events (X.225 Table A.3): primitives to the SS-user, requests to the transport, SPDUs to the peer.
    Outgoing:
    /// ABORT ACCEPT.
    AA = "AA",
    /// ABORT, transport not to be reused.
    AB_nr = "AB-nr",
    /// ABORT, transport offered for reuse.
    AB_r = "AB-r",
    /// ACCEPT.
    AC = "AC",
    /// ACTIVITY DISCARD.
    AD = "AD",
    /// ACTIVITY DISCARD ACK.
    ADA = "ADA",
    /// ACTIVITY END.
    AE = "AE",
    /// MAJOR SYNC ACK sent.
    MAA = "MAA",
    /// ACTIVITY END ACK sent.
    AEA = "AEA",
    /// ACTIVITY INTERRUPT.
    AI = "AI",
    /// ACTIVITY INTERRUPT ACK.
    AIA = "AIA",
    /// ACTIVITY RESUME.
    AR = "AR",
    /// ACTIVITY START.
    AS = "AS",
    /// CAPABILITY DATA.
    CD = "CD",
    /// CAPABILITY DATA ACK.
    CDA = "CDA",
    /// CONNECT DATA OVERFLOW.
    CDO = "CDO",
    /// CONNECT.
    CN = "CN",
    /// DISCONNECT.
    DN = "DN",
    /// DATA TRANSFER.
    DT = "DT",
    /// EXCEPTION DATA.
    ED = "ED",
    /// EXPEDITED DATA.
    EX = "EX",
    /// FINISH, transport not to be reused.
    FN_nr = "FN-nr",
    /// FINISH, transport to be kept.
    FN_r = "FN-r",
    /// GIVE TOKENS with a Token Item.
    GT = "GT",
    /// GIVE TOKENS ACK.
    GTA = "GTA",
    /// GIVE TOKENS CONFIRM.
    GTC = "GTC",
    /// MAJOR SYNC POINT.
    MAP = "MAP",
    /// MINOR SYNC ACK.
    MIA = "MIA",
    /// MINOR SYNC POINT without data separation.
    MIP = "MIP",
    /// NOT FINISHED.
    NF = "NF",
    /// OVERFLOW ACCEPT.
    OA = "OA",
    /// PREPARE, type 4.
    PR_AB = "PR-AB",
    /// PREPARE, type 1.
    PR_MAA = "PR-MAA",
    /// PREPARE, type 3.
    PR_RA = "PR-RA",
    /// PREPARE, type 2.
    PR_RS = "PR-RS",
    /// PLEASE TOKENS with a Token Item.
    PT = "PT",
    /// RESYNCHRONIZE ACK.
    RA = "RA",
    /// REFUSE, transport not to be reused.
    RF_nr = "RF-nr",
    /// REFUSE, transport to be kept.
    RF_r = "RF-r",
    /// RESYNCHRONIZE, type abandon.
    RS_a = "RS-a",
    /// RESYNCHRONIZE, type restart.
    RS_r = "RS-r",
    /// RESYNCHRONIZE, type set.
    RS_s = "RS-s",
    /// RESYNCHRONIZE.
    RS = "RS",
    /// TYPED DATA.
    TD = "TD",
    /// S-ACTIVITY-DISCARD indication.
    SACTDind = "SACTDind",
    /// S-ACTIVITY-DISCARD confirm.
    SACTDcnf = "SACTDcnf",
    /// S-ACTIVITY-END indication.
    SACTEind = "SACTEind",
    /// S-ACTIVITY-END confirm.
    SACTEcnf = "SACTEcnf",
    /// S-ACTIVITY-INTERRUPT indication.
    SACTIind = "SACTIind",
    /// S-ACTIVITY-INTERRUPT confirm.
    SACTIcnf = "SACTIcnf",
    /// S-ACTIVITY-RESUME indication.
    SACTRind = "SACTRind",
    /// S-ACTIVITY-START indication.
    SACTSind = "SACTSind",
    /// S-CAPABILITY-DATA indication.
    SCDind = "SCDind",
    /// S-CAPABILITY-DATA confirm.
    SCDcnf = "SCDcnf",
    /// S-CONTROL-GIVE indication.
    SCGind = "SCGind",
    /// S-CONNECT indication.
    SCONind = "SCONind",
    /// S-CONNECT confirm, accepted.
    SCONcnf_pos = "SCONcnf+",
    /// S-CONNECT confirm, rejected.
    SCONcnf_neg = "SCONcnf-",
    /// S-DATA indication.
    SDTind = "SDTind",
    /// S-EXPEDITED-DATA indication.
    SEXind = "SEXind",
    /// S-P-ABORT indication.
    SPABind = "SPABind",
    /// S-P-EXCEPTION-REPORT indication.
    SPERind = "SPERind",
    /// S-TOKEN-GIVE indication.
    SGTind = "SGTind",
    /// S-TOKEN-PLEASE indication.
    SPTind = "SPTind",
    /// S-RELEASE indication.
    SRELind = "SRELind",
    /// S-RELEASE confirm, accepted.
    SRELcnf_pos = "SRELcnf+",
    /// S-RELEASE confirm, rejected.
    SRELcnf_neg = "SRELcnf-",
    /// S-RESYNCHRONIZE indication.
    SRSYNind = "SRSYNind",
    /// S-RESYNCHRONIZE confirm.
    SRSYNcnf = "SRSYNcnf",
    /// S-SYNC-MAJOR indication.
    SSYNMind = "SSYNMind",
    /// S-SYNC-MAJOR confirm.
    SSYNMcnf = "SSYNMcnf",
    /// S-SYNC-MINOR indication.
    SSYNmind = "SSYNmind",
    /// S-SYNC-MINOR confirm.
    SSYNmcnf = "SSYNmcnf",
    /// S-TYPED-DATA indication.
    STDind = "STDind",
    /// S-U-EXCEPTION-REPORT indication.
    SUERind = "SUERind",
    /// SUABind or SPABind.
    SxABind = "SxABind",
    /// T-CONNECT request.
    TCONreq = "TCONreq",
    /// T-CONNECT response.
    TCONrsp = "TCONrsp",
    /// T-DISCONNECT request.
    TDISreq = "TDISreq",
}

names! {
    /// Predicates (X.225 Table A.7). `local_choice` is a property of the machine, not of a cell.
    Predicate:
    /// `~Vtca`: this SPM opened the transport connection (so it is the session initiator).
    p01 = "p01",
    /// `local_choice & ~TEXP`: willing to keep the transport connection; evaluate the choice once per event.
    p02 = "p02",
    /// `I(dk)`: may send data.
    p03 = "p03",
    /// `FU(FD) & ~Vcoll`.
    p04 = "p04",
    /// `A(dk)`: may receive data.
    p05 = "p05",
    /// `FU(TD)`.
    p06 = "p06",
    /// `FU(TD) & ~Vcoll`.
    p07 = "p07",
    /// `FU(EX)`.
    p08 = "p08",
    /// `FU(EX) & ~Vcoll`.
    p09 = "p09",
    /// `~Vcoll`.
    p10 = "p10",
    /// `II(ma)`.
    p11 = "p11",
    /// `FU(MA) & (~FU(ACT) | Vact) & A(dk) & A(mi) & AA(ma)`: may receive MAP.
    p12 = "p12",
    /// `FU(MA) & (~FU(ACT) | Vact) & I(dk) & I(mi) & II(ma)`: may send MAP.
    p13 = "p13",
    /// `(~FU(ACT) | Vact) & A(dk) & AA(mi)`: may receive MIP; false in set S (SY and SS exclude each other).
    p14 = "p14",
    /// `(~FU(ACT) | Vact) & I(dk) & II(mi)`: may send MIP; false in set S.
    p15 = "p15",
    /// `~TEXP`.
    p16 = "p16",
    /// `(~FU(ACT) | Vact) & (FU(SS) | FU(SY)) & (FU(SS) | ~Vsc)`: may receive MIA.
    p17 = "p17",
    /// `(~FU(ACT) | Vact) & (FU(SS) | FU(SY)) & (FU(SS) | Vsc)`: may send MIA.
    p18 = "p18",
    /// `~FU(SS) & sn == V(M)`: sn of the received MAP, AE, MIP or MIP-d.
    p19 = "p19",
    /// `~FU(SS) & sn == V(M) - 1`: sn of MAA/AEA, or of a minor ack that would hit the outstanding major point.
    p20 = "p20",
    /// `~FU(SS) & V(A) <= sn & sn < V(M)`: sn of MIA or SSYNmrsp.
    p21 = "p21",
    /// `false`: not used by any cell.
    p22 = "p22",
    /// `FU(ACT) & ~Vnextact`: the outstanding major point ends the activity.
    p23 = "p23",
    /// `~SPMwinner`: the colliding request wins; see variables.tsv.
    p24 = "p24",
    /// `(FU(SY) | FU(SS) | FU(MA)) & FU(RESYN)`.
    p25 = "p25",
    /// `~FU(ACT) | Vact`: activity in progress or activities not used.
    p26 = "p26",
    /// `Vrsp == no`: set S: read as Vrsps == no & Vrspr == no (correction A3).
    p27 = "p27",
    /// `FU(RESYN)`.
    p28 = "p28",
    /// `(~FU(ACT) | Vact) & FU(RESYN)`.
    p29 = "p29",
    /// `~FU(ACT) | Vnextact`.
    p30 = "p30",
    /// `FU(ACT) & Vnextact`: not used by any cell.
    p31 = "p31",
    /// `(~FU(SS) & (type != r | sn >= V(R))) | (FU(SS) & (rcv_type != r | rcv_sn >= V(Rr)) & (snd_type != r | snd_sn >= V(Rs)))`: restart not before the lowest permitted number; flows named from the point of view of this SPM.
    p32 = "p32",
    /// `V(R) <= sn & sn <= V(M)`: SRSYNreq(r).
    p33 = "p33",
    /// `FU(ACT)`.
    p34 = "p34",
    /// `FU(RESYN) & (~TEXP | FU(DS))`: RS or RA may come without PREPARE.
    p35 = "p35",
    /// `FU(RESYN) & TEXP`.
    p36 = "p36",
    /// `FU(ACT) & TEXP`.
    p37 = "p37",
    /// `FU(ACT) & ~TEXP`.
    p38 = "p38",
    /// `Vact & II(ma)`.
    p39 = "p39",
    /// `AA(ma)`.
    p40 = "p40",
    /// `Vrsp == dsc`: set S: read Vrsps for Vrsp (correction A3).
    p41 = "p41",
    /// `Vrsp == int`: set S: read Vrsps for Vrsp (correction A3).
    p42 = "p42",
    /// `~FU(SS) & ((Vrsp == r & sn == Vrspnb) | (Vrsp == a & sn == V(M)) | Vrsp == s)`: SRSYNrsp.
    p43 = "p43",
    /// `FU(ACT) & ~Vact & A(dk) & A(mi) & A(ma)`: may receive AS or AR.
    p44 = "p44",
    /// `FU(ACT) & ~Vact & I(dk) & I(mi) & I(ma)`: may send AS or AR.
    p45 = "p45",
    /// `FU(CD) & FU(ACT) & ~Vact & A(dk) & A(mi) & ~OWNED(ma)`: may receive CD.
    p46 = "p46",
    /// `FU(CD) & FU(ACT) & ~Vact & I(dk) & I(mi) & OWNED(ma)`: may send CD.
    p47 = "p47",
    /// `FU(EXCEP) & FU(HD)`.
    p48 = "p48",
    /// `(Vrsp == r & sn == Vrspnb) | (Vrsp == a & sn >= V(M)) | Vrsp == s`: RA; false in set S where Vrsp stays no.
    p49 = "p49",
    /// `FU(EXCEP) & (~FU(ACT) | Vact) & AA(dk)`.
    p50 = "p50",
    /// `FU(EXCEP) & (~FU(ACT) | Vact) & II(dk)`.
    p51 = "p51",
    /// `FU(EXCEP) & ~FU(ACT) & II(dk)`.
    p52 = "p52",
    /// `ALL(AV, RT)`: every requested token exists; owning it is not required.
    p53 = "p53",
    /// `ALL(II, GT)`: every given token is owned.
    p54 = "p54",
    /// `FU(ACT) & ~Vact & ALL(I, tk_dom)`.
    p55 = "p55",
    /// `ALL(II, GT) & dk not in GT`.
    p57 = "p57",
    /// `ALL(II, GT) & dk in GT`.
    p58 = "p58",
    /// `ALL(AA, GT)`: every received token exists and was not owned.
    p59 = "p59",
    /// `ALL(AA, GT) & dk not in GT`.
    p60 = "p60",
    /// `ALL(AA, GT) & dk in GT`.
    p61 = "p61",
    /// `FU(ACT) & ~Vact & ALL(A, tk_dom)`.
    p62 = "p62",
    /// `ALL(I, tk_dom) & (~FU(ACT) | ~Vact)`: may send FINISH.
    p63 = "p63",
    /// `local_choice & ~Vtca & ~TEXP`: offer to keep the transport connection in FINISH; transport initiator only.
    p64 = "p64",
    /// `ANY(AV, tk_dom)`: some token exists: FINISH cannot collide.
    p65 = "p65",
    /// `Vtrr`.
    p66 = "p66",
    /// `FU(NR)`.
    p67 = "p67",
    /// `ALL(A, tk_dom) & (~FU(ACT) | ~Vact)`: may receive FINISH.
    p68 = "p68",
    /// `Vcoll`.
    p69 = "p69",
    /// `FU(FD)`.
    p70 = "p70",
    /// `FU(ACT) & Vact & I(dk) & I(mi) & II(ma)`: may send AE.
    p71 = "p71",
    /// `FU(ACT) & Vact & A(dk) & A(mi) & AA(ma)`: may receive AE.
    p72 = "p72",
    /// `(Vcoll & Vdnr) | ~Vcoll`.
    p75 = "p75",
    /// `the received CONNECT cannot be accepted by the SPM`: selector unknown, no user attached, congestion, no common version, other; gives a REFUSE reason of 128 or more.
    p76 = "p76",
    /// `~FU(DS) | (~FU(SS) & V(Adi) < V(A)) | (FU(SS) & V(Adi) < V(Ar))`: no received data separation point awaits its ack.
    p80 = "p80",
    /// `(~FU(SS) & V(Ado) >= V(A)) | (FU(SS) & V(Ado) >= V(As))`: an own data separation point awaits its ack: nothing received may be purged.
    p81 = "p81",
    /// `FU(DS)`.
    p82 = "p82",
    /// `FU(SS) & sns == V(Ms) - 1 & snr == V(Mr)`: MAA/AEA received; only snr is on the wire (Second Serial Number), sns is implied.
    p173 = "p173",
    /// `FU(SS) & sns == V(Ms) & snr == V(Mr) - 1`: fits SSYNMrsp/SACTErsp; its only published use is a misprint for p173 (D02).
    p174 = "p174",
    /// `FU(SS) & sn == V(Mr) - 1`: ack would hit the outstanding major point.
    p175 = "p175",
    /// `FU(SS) & V(As) <= sn & sn < V(Ms)`: MIA received.
    p176 = "p176",
    /// `FU(SS) & sn == V(Mr)`: MAP or AE received.
    p177 = "p177",
    /// `FU(SS)`: in the AC and SCONrsp+ cells: as negotiated by this very ACCEPT.
    p178 = "p178",
    /// `FU(SS) & V(Ar) <= sn & sn < V(Mr)`: SSYNmrsp.
    p179 = "p179",
    /// `(~FU(SS) & type != r) | (FU(SS) & rcv_type in {a,s} & snd_type in {a,s})`: no restart, and in set S both flows.
    p180 = "p180",
    /// `FU(SS) & Vrsps == no`: own request leaves the sending flow alone.
    p184 = "p184",
    /// `Discard-rcv-flow & ~p81`: purge what is received.
    p185 = "p185",
    /// `Discard-snd-flow`: the sending flow is being resynchronized.
    p186 = "p186",
    /// `FU(SS) & (Vrspr != r | rcv_sn == Vrspnbr) & (Vrsps != r | snd_sn == Vrspnbs)`: RA and SRSYNrsp, set S.
    p187 = "p187",
    /// `more CONNECT user data to send`: used inside \[51\].
    p201 = "p201",
    /// `this CDO carries the end of the user data`: Enclosure Item bit 2.
    p202 = "p202",
    /// `more than 10240 octets of CONNECT user data`: receiver: Data Overflow parameter present.
    p204 = "p204",
}

names! {
    /// Specific actions (X.225 Table A.6), and one of our own.
    Action:
    /// Vtca := true.
    a1 = "[1]",
    /// Vtca := false.
    a2 = "[2]",
    /// Stop TIM.
    a3 = "[3]",
    /// Start TIM.
    a4 = "[4]",
    /// V(A) := V(M) := Initial Serial Number of the ACCEPT; V(R) := 0; Vcoll := false; Vrsp := no; Vsc := false; V(Ado) := V(Adi) := -1; set TEXP; for f in fu_dom: FU(f) := proposed in CONNECT & proposed in ACCEPT; if FU(ACT): Vact := false; Vdnr := false; here also Discard-rcv-flow := Discard-snd-flow := false; Vrsps := Vrspr := no; skip the serial numbers when the ACCEPT carries none.
    a5 = "[5]",
    /// Recall the queued events; here process each event that is in the queue now once, first in first out, each in the state then reached; an event that is stored again waits for the next \[6\].
    a6 = "[6]",
    /// Vtrr := true.
    a7 = "[7]",
    /// Vtrr := false.
    a8 = "[8]",
    /// Vtrr := (Transport Disconnect of the FINISH says keep) & local_choice.
    a9 = "[9]",
    /// Append this event to the queue.
    a10 = "[10]",
    /// Update the token positions: SGTreq clears, GT sets the tokens of the Token Item; SCGreq clears and GTC sets all available tokens; AC, SCONrsp+, RA, SRSYNrsp take the positions of the Token Setting Item.
    a11 = "[11]",
    /// Vact := true.
    a12 = "[12]",
    /// If FU(ACT): Vnextact := true for MAP/SSYNMreq, false for AE/SACTEreq.
    a13 = "[13]",
    /// If FU(ACT): Vact := Vnextact.
    a14 = "[14]",
    /// Not used.
    a15 = "[15]",
    /// If ~FU(SS): set Vrsp from the event (type of RS or SRSYNreq; int for AI/SACTIreq; dsc for AD/SACTDreq), for r also Vrspnb, Discard-rcv-flow := Discard-snd-flow := true; if FU(SS): the same per flow into Vrsps/Vrspnbs and Vrspr/Vrspnbr, and set the Discard flag of each flow whose type is not no; here set S, on a collision: store the prevailing type and number of each flow.
    a16 = "[16]",
    /// Not used.
    a17 = "[17]",
    /// Vcoll := true.
    a18 = "[18]",
    /// If ~FU(SS): V(M) := max(V(M), sn); if FU(SS): V(Mr) := max(V(Mr), first sn), V(Ms) := max(V(Ms), second sn); here set S: only for a flow whose Resync Type is abandon (set S runs \[19\] for every type).
    a19 = "[19]",
    /// Vsc := false.
    a20 = "[20]",
    /// V(M) := V(M) + 1.
    a21 = "[21]",
    /// V(R) := V(A) := V(M).
    a22 = "[22]",
    /// If ~Vsc: V(A) := V(M); Vsc := true; V(M) := V(M) + 1.
    a23 = "[23]",
    /// If Vsc: V(A) := V(M); Vsc := false; V(M) := V(M) + 1.
    a24 = "[24]",
    /// V(A) := sn + 1.
    a25 = "[25]",
    /// V(A) := V(M) := V(R) := 1.
    a26 = "[26]",
    /// V(A) := V(M) := sn + 1; V(R) := 1.
    a27 = "[27]",
    /// V(A) := V(M) := sn; if Vrsp in {a,s}: V(R) := 0; Vrsp := no; V(Ado) := V(Adi) := -1; Discard-rcv-flow := Discard-snd-flow := false.
    a28 = "[28]",
    /// Own every available token; Vact := false; Vrsp := no; here also Vrsps := Vrspr := no; Discard-rcv-flow := Discard-snd-flow := false.
    a29 = "[29]",
    /// Own no available token; Vact := false; Vrsp := no; here also Vrsps := Vrspr := no; Discard-rcv-flow := Discard-snd-flow := false.
    a30 = "[30]",
    /// If ~Vsc: V(A) := V(M); V(M) := V(M) + 1.
    a31 = "[31]",
    /// Vdnr := true.
    a32 = "[32]",
    /// V(Ado) := V(M).
    a41 = "[41]",
    /// V(Ado) := V(Ms).
    a42 = "[42]",
    /// V(Ado) := V(Adi) := -1.
    a43 = "[43]",
    /// V(Adi) := V(M).
    a44 = "[44]",
    /// V(Adi) := V(Mr).
    a45 = "[45]",
    /// Keep the user data received so far for the coming SCONind.
    a50 = "[50]",
    /// While p201: send a further CDO.
    a51 = "[51]",
    /// V(Mr) := V(Mr) + 1.
    a62 = "[62]",
    /// V(Ms) := V(Ms) + 1.
    a63 = "[63]",
    /// V(Rs) := V(As) := V(Ms); V(Rr) := V(Ar) := V(Mr).
    a64 = "[64]",
    /// V(As) := sn + 1.
    a65 = "[65]",
    /// V(Ar) := sn + 1.
    a66 = "[66]",
    /// If the PREPARE names no flow: Discard-rcv-flow := Discard-snd-flow := true; else set the Discard flag of each flow it names (own sending flow = the second type on the wire).
    a67 = "[67]",
    /// If a number for the sending flow is present: V(As) := V(Ms) := it; if Vrsps in {a,s}: V(Rs) := 0; Vrsps := no; Discard-snd-flow := false; the same for the receiving flow with V(Ar), V(Mr), V(Rr), Vrspr, Discard-rcv-flow; V(Ado) := V(Adi) := -1.
    a68 = "[68]",
    /// V(As) := V(Ms) := sending flow sn + 1; V(Rs) := 1; V(Ar) := V(Mr) := receiving flow sn + 1; V(Rr) := 1.
    a69 = "[69]",
    /// V(As) := V(Ms) := V(Rs) := 1; V(Ar) := V(Mr) := V(Rr) := 1.
    a70 = "[70]",
    /// V(As) := V(Ms) := sending flow number of the ACCEPT; V(Ar) := V(Mr) := receiving flow number; V(Rs) := V(Rr) := 0; Vrsps := Vrspr := no; Discard-snd-flow := Discard-rcv-flow := false; Vcoll := false; V(Ado) := V(Adi) := -1; here also everything of \[5\] that is not a serial number: TEXP, FU, Vact, Vdnr, Vrsp, Vsc.
    a71 = "[71]",
    /// If FU(SS): update Vrspr, Vrsps, Vrspnbr, Vrspnbs to the prevailing values; here also set the Discard flag of each flow whose prevailing type is not no.
    a72 = "[72]",
    /// Not in the standard; deletes every queued PR-RS (ERRATA D14).
    a901 = "[901]",
}

names! {
    /// Notes under the tables: conditions on single outgoing events.
    Note:
    /// Send only if TEXP (on PR-MAA, PR-RA, and PR-RS for AI or AD).
    n1 = "n1",
    /// The serial number given to the user is V(M) as it stands after \[19\] (on SRSYNind caused by abandon; set S: per flow, V(Mr) and V(Ms), and only for a flow whose type is abandon).
    n2 = "n2",
    /// SUABind if bit 2 of Transport Disconnect in the ABORT is 1, else SPABind (on SxABind).
    n3 = "n3",
    /// Send only if TEXP and the user data of the ABORT is longer than 9 octets (on PR-AB; a shorter ABORT itself travels on the expedited flow when TEXP, a longer one on the normal flow).
    n4 = "n4",
    /// Send only if TEXP & ~p81, and if FU(DS) it is in addition a local choice (on PR-RS for RS).
    n5 = "n5",
    /// Carries data separation (outgoing MIP: Sync Type Item bit 2; SSYNmind: data separation true) (added marker: the published cells say plain MIP and SSYNmind).
    n6 = "n6",
}

/// Which of the two sets of tables (X.225 A.1: Tables A.8 to A.16, or A.17 to A.25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Set {
    /// Tables A.8 to A.16: symmetric synchronize is not selected, or not known yet.
    N,
    /// Tables A.17 to A.25: symmetric synchronize is selected.
    S,
}

impl Incoming {
    /// A primitive of the SS-user, request or response.
    pub const fn is_user_request(self) -> bool {
        (self as u8) < Incoming::TCONind as u8
    }

    /// An SPDU of the peer.
    pub const fn is_spdu(self) -> bool {
        self as u8 >= Incoming::AA as u8
    }

    /// The clause of X.225 with the procedure: of the SPDU that comes, or that the request asks for. None for the transport
    /// and the timer. MAA/AEA is 7.23; as answer to ACTIVITY END it is 7.36.
    pub const fn clause(self) -> Option<&'static str> {
        Some(match self {
            Incoming::TCONind | Incoming::TCONcnf | Incoming::TDISind | Incoming::TIM => return None,
            Incoming::SCONreq | Incoming::CN => "7.1",
            Incoming::OA => "7.2",
            Incoming::CDO => "7.3",
            Incoming::SCONrsp_pos | Incoming::AC => "7.4",
            Incoming::SCONrsp_neg | Incoming::RF_nr | Incoming::RF_r => "7.5",
            Incoming::SRELreq | Incoming::FN_nr | Incoming::FN_r => "7.6",
            Incoming::SRELrsp_pos | Incoming::DN => "7.7",
            Incoming::SRELrsp_neg | Incoming::NF => "7.8",
            Incoming::SUABreq | Incoming::AB_nr | Incoming::AB_r => "7.9",
            Incoming::AA => "7.10",
            Incoming::SDTreq | Incoming::DT => "7.11",
            Incoming::SEXreq | Incoming::EX => "7.12",
            Incoming::STDreq | Incoming::TD => "7.13",
            Incoming::SCDreq | Incoming::CD => "7.14",
            Incoming::SCDrsp | Incoming::CDA => "7.15",
            Incoming::SGTreq | Incoming::GT => "7.16",
            Incoming::SPTreq | Incoming::PT => "7.17",
            Incoming::SCGreq | Incoming::GTC => "7.18",
            Incoming::GTA => "7.19",
            Incoming::SSYNmreq | Incoming::SSYNmdreq | Incoming::MIP | Incoming::MIP_d => "7.20",
            Incoming::SSYNmrsp | Incoming::MIA => "7.21",
            Incoming::SSYNMreq | Incoming::MAP => "7.22",
            Incoming::SSYNMrsp | Incoming::MAA_AEA => "7.23",
            Incoming::SRSYNreq_a | Incoming::SRSYNreq_r | Incoming::SRSYNreq_s | Incoming::SRSYNreq => "7.24",
            Incoming::RS_a | Incoming::RS_r | Incoming::RS_s | Incoming::RS => "7.24",
            Incoming::SRSYNrsp | Incoming::RA => "7.25",
            Incoming::PR_AB | Incoming::PR_MAA | Incoming::PR_RA | Incoming::PR_RS => "7.26",
            Incoming::ER => "7.27",
            Incoming::SUERreq | Incoming::ED => "7.28",
            Incoming::SACTSreq | Incoming::AS => "7.29",
            Incoming::SACTRreq | Incoming::AR => "7.30",
            Incoming::SACTIreq | Incoming::AI => "7.31",
            Incoming::SACTIrsp | Incoming::AIA => "7.32",
            Incoming::SACTDreq | Incoming::AD => "7.33",
            Incoming::SACTDrsp | Incoming::ADA => "7.34",
            Incoming::SACTEreq | Incoming::AE => "7.35",
            Incoming::SACTErsp => "7.36",
        })
    }
}
