//! Data transfer: X.225 Tables A.9 and A.18.
use super::lines::table;

table! { "A.9" "A.18" "data transfer";

    // X.225 7.11
    both SDTreq {
        STA09                [p04] { DT } same;
        STA10A STA10B STA713 [p03] { DT } same;
        STA15D               [-]   { }    same;
        STA18                [p70] { DT } same;
    }
    N SDTreq {
        STA15B [p03] { } same;
    }
    S SDTreq {
        STA15B                      [p03 & p186]         { }    same;
        STA05A STA11A STA15B STA15C [p03 & !p186]        { DT } same;
        STA06                       [p03 & p184 & p186]  { }    same;
        STA06                       [p03 & p184 & !p186] { DT } same;
    }

    // X.225 7.12
    both SEXreq {
        STA09                      [p09] { EX } same;
        STA10A STA10B STA18 STA713 [p08] { EX } same;
        STA15D                     [-]   { }    same;
    }
    N SEXreq {
        STA15B [p08] { } same;
    }
    S SEXreq {
        STA15B                      [p08 & p186]         { }    same;
        STA05A STA11A STA15B STA15C [p08 & !p186]        { EX } same;
        STA06                       [p08 & p184 & p186]  { }    same;
        STA06                       [p08 & p184 & !p186] { EX } same;
    }

    // X.225 7.13
    both STDreq {
        STA09                      [p07] { TD } same;
        STA10A STA10B STA18 STA713 [p06] { TD } same;
        STA15D                     [-]   { }    same;
    }
    N STDreq {
        STA15B [p06] { } same;
    }
    S STDreq {
        STA15B                      [p06 & p186]         { }    same;
        STA05A STA11A STA15B STA15C [p06 & !p186]        { TD } same;
        STA06                       [p06 & p184 & p186]  { }    same;
        STA06                       [p06 & p184 & !p186] { TD } same;
    }

    // X.225 7.11
    both DT {
        STA01A STA15D STA16 STA19   [-]           { }         same;
        STA01C STA01D               [-]           { TDISreq } STA01;
        STA03                       [p05 & p10]   { SDTind }  same;
        STA04A STA04B STA15A STA713 [p05]         { SDTind }  same;
        STA05A STA06 STA15B STA15C  [p05 & p185]  { }         same;
        STA05A STA06 STA15B STA15C  [p05 & !p185] { SDTind }  same;
        STA05B STA05C STA20         [p05]         { }         same;
        STA18 STA21                 [p70]         { SDTind }  same;
    }
    N DT {
        STA11A [p05 & !p185] { SDTind } same;
    }
    S DT {
        STA11A [p05 & !p185] { SDTind } same;
        STA11A [p05 & p185]  { }        same fix D24;
    }

    // X.225 7.12
    both EX {
        STA01A STA16              [-]           { }         same;
        STA01C STA01D             [-]           { TDISreq } STA01;
        STA02A                    [-]           { [10] }    same;
        STA03                     [p09]         { SEXind }  same;
        STA04A STA04B STA18 STA21 STA713
                                  [p08]         { SEXind }  same;
        STA05A                    [p08 & p185]  { }         same;
        STA05A                    [p08 & !p185] { SEXind }  same;
        STA05B STA05C STA19 STA20 [p08]         { }         same;
        STA06 STA15A STA15C       [p08]         { [10] }    same;
    }
    N EX {
        STA11A [p08 & !p185] { SEXind } same;
    }
    S EX {
        STA11A [p08 & !p185] { SEXind } same;
        STA11A [p08 & p185]  { }        same fix D24;
        STA15B [p08 & !p185] { [10] }   same;
    }

    // X.225 7.13
    both TD {
        STA01A STA15D STA16        [-]           { }         same;
        STA01C STA01D              [-]           { TDISreq } STA01;
        STA03                      [p06 & p10]   { STDind }  same;
        STA04A STA04B STA15A STA18 STA21 STA713
                                   [p06]         { STDind }  same;
        STA05A STA06 STA15B STA15C [p06 & p185]  { }         same;
        STA05A STA06 STA15B STA15C [p06 & !p185] { STDind }  same;
        STA05B STA05C STA19 STA20  [p06]         { }         same;
    }
    S TD {
        STA11A [p06 & !p185] { STDind } same;
        STA11A [p06 & p185]  { }        same fix D24;
    }
}
