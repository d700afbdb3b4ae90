//! Synchronization points: X.225 Tables A.10 and A.19.
use super::lines::table;

table! { "A.10" "A.19" "synchronization";

    // X.225 7.35
    both SACTEreq {
        STA15B [p71] { } same;
        STA15D [-]   { } same;
    }
    N SACTEreq {
        STA713 [p71] { AE [13] [24] } STA04B;
    }
    S SACTEreq {
        STA713 [p71 & !p178] { AE [13] [24] } STA04B;
        STA713 [p71 & p178]  { AE [13] [63] } STA04B;
    }

    // X.225 7.36
    both SACTErsp {
        STA15B [-] { } same fix D20;
        STA15D [-] { } same;
    }
    N SACTErsp {
        STA10B [-] { (PR_MAA n1) AEA [14] [22] } STA713;
    }
    S SACTErsp {
        STA10B [!p178] { (PR_MAA n1) AEA [14] [22] }      STA713;
        STA10B [p178]  { (PR_MAA n1) AEA [14] [63] [64] } STA713 fix D03;
    }

    // X.225 7.22
    both SSYNMreq {
        STA15D [-] { } same;
    }
    N SSYNMreq {
        STA15B [p13] { }               same;
        STA713 [p13] { MAP [13] [24] } STA04A;
    }
    S SSYNMreq {
        STA15B [p13 & p186]  { }               same;
        STA15B [p13 & !p186] { MAP [63] }      same;
        STA713 [p13 & !p178] { MAP [13] [24] } STA04A;
        STA713 [p13 & p178]  { MAP [13] [63] } STA04A;
    }

    // X.225 7.23
    both SSYNMrsp {
        STA15B STA15D [-] { } same;
    }
    N SSYNMrsp {
        STA10A [-] { (PR_MAA n1) MAA [14] [22] } STA713;
    }
    S SSYNMrsp {
        STA10A [!p178] { (PR_MAA n1) MAA [14] [22] }      STA713;
        STA10A [p178]  { (PR_MAA n1) MAA [14] [63] [64] } STA713;
    }

    // X.225 7.20
    both SSYNmreq {
        STA15D [-] { } same;
    }
    N SSYNmreq {
        STA15B [p15] { }          same;
        STA713 [p15] { MIP [24] } same;
    }
    S SSYNmreq {
        STA15B                      [p15]              { }          same;
        STA15B                      [p178 & p186]      { }          same;
        STA05A STA11A STA15B STA15C [!p186]            { MIP [63] } same;
        STA06                       [p184 & p186]      { }          same;
        STA06                       [p184 & !p186]     { MIP [63] } same;
        STA09                       [p178 & p26 & p10] { MIP [63] } same fix D13;
        STA713                      [p15]              { MIP [24] } same;
        STA10A STA10B STA713        [p178 & p26]       { MIP [63] } same;
    }

    // X.225 7.20
    both SSYNmdreq {
        STA15D [-] { } same;
    }
    N SSYNmdreq {
        STA15B [p15 & p82] { }                    same;
        STA713 [p15 & p82] { (MIP n6) [41] [24] } same;
    }
    S SSYNmdreq {
        STA15B                      [p15 & p82]              { }                    same;
        STA15B                      [p82 & p178 & p186]      { }                    same;
        STA05A STA11A STA15B STA15C [p82 & !p186]            { (MIP n6) [42] [63] } same;
        STA06                       [p82 & p184 & p186]      { }                    same;
        STA06                       [p82 & p184 & !p186]     { (MIP n6) [42] [63] } same;
        STA09                       [p82 & p178 & p26 & p10] { (MIP n6) [42] [63] } same fix D13;
        STA713                      [p15 & p82]              { (MIP n6) [41] [24] } same;
        STA10A STA10B STA713        [p82 & p178 & p26]       { (MIP n6) [42] [63] } same;
    }

    // X.225 7.21
    both SSYNmrsp {
        STA15D [-] { } same;
    }
    N SSYNmrsp {
        STA09 STA713  [p18 & p21]        { MIA [25] } same;
        STA10A STA10B [p18 & !p20 & p21] { MIA [25] } same;
        STA15B        [p18 & p21]        { }          same;
    }
    S SSYNmrsp {
        STA15B                      [p18 & p21]           { }          same;
        STA15B                      [p179 & p185]         { }          same;
        STA05A STA11A STA15B STA15C [p179 & !p185]        { MIA [66] } same;
        STA06                       [p179 & p184 & p185]  { }          same;
        STA06                       [p179 & p184 & !p185] { MIA [66] } same;
        STA09 STA713                [p18 & p21]           { MIA [25] } same;
        STA09                       [p18 & p179 & p10]    { MIA [66] } same fix D13;
        STA10A STA10B               [p18 & !p20 & p21]    { MIA [25] } same;
        STA10A STA10B               [p18 & !p175 & p179]  { MIA [66] } same;
        STA713                      [p26 & p179]          { MIA [66] } same;
    }

    // X.225 7.35
    both AE {
        STA01A STA15D STA16        [-]   { }         same;
        STA01C STA01D              [-]   { TDISreq } STA01;
        STA05A STA06 STA15B STA15C [p72] { }         same;
    }
    N AE {
        STA19 STA20 [p72 & p19] { [31] }               same;
        STA713      [p72 & p19] { SACTEind [13] [31] } STA10B;
    }
    S AE {
        STA19 STA20 [p72 & p19]  { [31] }               same;
        STA19 STA20 [p72 & p177] { [62] }               same;
        STA713      [p72 & p19]  { SACTEind [13] [31] } STA10B;
        STA713      [p72 & p177] { SACTEind [13] [62] } STA10B;
    }

    // X.225 7.23
    both MAA_AEA {
        STA01A STA15D STA16 [-]   { }         same;
        STA01C STA01D       [-]   { TDISreq } STA01;
        STA05A STA05B STA05C STA06 STA15B STA15C
                            [-]   { [43] }    same;
        STA20               [p20] { }         same;
    }
    N MAA_AEA {
        STA04A [p16 & p20]  { SSYNMcnf [14] [22] } STA713;
        STA04B [p16 & p20]  { SACTEcnf [14] [22] } STA713;
        STA15A [p20 & !p23] { SSYNMcnf [14] [22] } STA713 then [6];
        STA15A [p20 & p23]  { SACTEcnf [14] [22] } STA713 then [6];
    }
    S MAA_AEA {
        STA04A [p16 & p20]   { SSYNMcnf [14] [22] }      STA713;
        STA04A [p16 & p173]  { SSYNMcnf [14] [62] [64] } STA713;
        STA04B [p16 & p20]   { SACTEcnf [14] [22] }      STA713;
        STA04B [p16 & p173]  { SACTEcnf [14] [62] [64] } STA713;
        STA15A [p20 & !p23]  { SSYNMcnf [14] [22] }      STA713 then [6];
        STA15A [p20 & p23]   { SACTEcnf [14] [22] }      STA713 then [6];
        STA15A [p173 & !p23] { SSYNMcnf [14] [62] [64] } STA713 then [6] fix D02;
        STA15A [p173 & p23]  { SACTEcnf [14] [62] [64] } STA713 then [6] fix D02;
    }

    // X.225 7.22
    both MAP {
        STA01A STA15D STA16 [-]   { }         same;
        STA01C STA01D       [-]   { TDISreq } STA01;
        STA15B              [p12] { }         same;
    }
    N MAP {
        STA05A STA06 STA15C [p12 & p185]          { }                    same;
        STA05A STA06 STA15C [p12 & !p178 & !p185] { SSYNMind [23] }      same;
        STA19 STA20         [p12 & p19]           { [31] }               same;
        STA713              [p12 & p19]           { SSYNMind [13] [31] } STA10A;
    }
    S MAP {
        STA05A STA06 STA15C [p12 & p185]          { }                    same;
        STA05A STA06 STA15C [p12 & p178 & !p185]  { SSYNMind [62] }      same;
        STA05A STA06 STA15C [p12 & !p178 & !p185] { SSYNMind [23] }      same;
        STA19 STA20         [p12 & p19]           { [31] }               same;
        STA19 STA20         [p12 & p177]          { [62] }               same;
        STA713              [p12 & p19]           { SSYNMind [13] [31] } STA10A;
        STA713              [p12 & p177]          { SSYNMind [13] [62] } STA10A;
    }

    // X.225 7.21
    both MIA {
        STA01A STA15D STA16 [-]   { }         same;
        STA01C STA01D       [-]   { TDISreq } STA01;
        STA05B STA05C       [p17] { }         same;
    }
    N MIA {
        STA03 STA713               [p17 & p21]        { SSYNmcnf [25] } same;
        STA04A STA04B STA15A       [p17 & !p20 & p21] { SSYNmcnf [25] } same;
        STA05A STA06 STA15B STA15C [p17 & !p81]       { }               same;
        STA05A STA06 STA15B STA15C [p17 & p21 & p81]  { SSYNmcnf [25] } same;
        STA19                      [p17 & p21]        { [25] }          same;
        STA20                      [p17 & p21]        { [25] }          same fix D21;
    }
    S MIA {
        STA03 STA713               [p17 & p21]                 { SSYNmcnf [25] } same;
        STA04A STA04B STA15A       [p17 & !p20 & p21]          { SSYNmcnf [25] } same;
        STA03 STA04A STA04B STA15A STA713
                                   [p17 & p176]                { SSYNmcnf [65] } same;
        STA05A STA06 STA15B STA15C [p17 & !p81 & p186]         { }               same;
        STA05A STA06 STA15B STA15C [p17 & p21 & p81]           { SSYNmcnf [25] } same;
        STA05A STA06 STA15B STA15C [p17 & p176 & p81]          { SSYNmcnf [65] } same;
        STA05A STA06 STA15B STA15C [p17 & !p81 & p176 & !p186] { SSYNmcnf [65] } same fix D04;
        STA11A                     [!p186]                     { SSYNmcnf [65] } same;
        STA11A                     [p178 & p186]               { }               same fix D24;
        STA19                      [p17 & p21]                 { [25] }          same;
        STA19 STA20                [p17 & p176]                { [65] }          same;
        STA20                      [p17 & p21]                 { [25] }          same fix D21;
    }

    // X.225 7.20
    both MIP {
        STA01A STA15D STA16 [-] { }         same;
        STA01C STA01D       [-] { TDISreq } STA01;
    }
    N MIP {
        STA05A STA15B STA15C [p14 & !p178 & p185]  { }               same;
        STA05A STA06         [!p178 & !p185 & p26] { SSYNmind [23] } same;
        STA05B STA05C        [p14]                 { }               same;
        STA06                [p14 & p185]          { }               same fix D25;
        STA15B STA15C        [p14 & !p178 & !p185] { SSYNmind [23] } same;
        STA19 STA20          [p14 & p19]           { [23] }          same;
        STA713               [p14 & p19]           { SSYNmind [23] } same;
    }
    S MIP {
        STA03 STA04A STA04B  [p178 & p26]          { SSYNmind [62] } same;
        STA05A STA15B STA15C [p14 & !p178 & p185]  { }               same;
        STA05B STA05C STA06  [p14]                 { }               same;
        STA05A STA06         [p178 & p185 & p26]   { }               same;
        STA05A STA06         [p178 & !p185 & p26]  { SSYNmind [62] } same;
        STA05A STA06         [!p178 & !p185 & p26] { SSYNmind [23] } same;
        STA05B STA05C        [p178]                { }               same;
        STA11A               [!p185]               { SSYNmind [62] } same;
        STA11A               [p178 & p185]         { }               same fix D24;
        STA15A               [p178]                { SSYNmind [62] } same;
        STA15B STA15C        [p178 & p185]         { }               same;
        STA15B STA15C        [p178 & !p185]        { SSYNmind [62] } same;
        STA15B STA15C        [p14 & !p178 & !p185] { SSYNmind [23] } same;
        STA19 STA20          [p14 & p19]           { [23] }          same;
        STA19 STA20          [p26 & p178]          { [62] }          same;
        STA713               [p14 & p19]           { SSYNmind [23] } same;
        STA713               [p26 & p178]          { SSYNmind [62] } same;
    }

    // X.225 7.20
    both MIP_d {
        STA01A        [-] { }         same;
        STA01C STA01D [-] { TDISreq } STA01;
        STA15D STA16  [-] { }         same fix D23;
    }
    N MIP_d {
        STA05A STA06  [p82 & !p178 & !p185 & p26] { (SSYNmind n6) [44] [23] } same;
        STA05A STA06  [p14 & p82 & p185]          { [44] }                    same fix D25;
        STA05B STA05C [p14 & p82]                 { [44] }                    same;
        STA15C        [p14 & p82 & !p178 & p185]  { [44] }                    same;
        STA15C        [p14 & p82 & !p178 & !p185] { (SSYNmind n6) [44] [23] } same;
        STA19 STA20   [p14 & p19 & p82]           { [44] [23] }               same;
        STA713        [p14 & p19 & p82]           { (SSYNmind n6) [44] [23] } same;
    }
    S MIP_d {
        STA03 STA04A STA04B        [p82 & p178 & p26]          { (SSYNmind n6) [45] [62] } same fix D08;
        STA05A STA05B STA05C STA06 [p14 & p82]                 { [44] }                    same;
        STA05A STA06               [p82 & !p178 & !p185 & p26] { (SSYNmind n6) [44] [23] } same;
        STA05A STA06               [p82 & p178 & p185 & p26]   { [45] }                    same fix D08;
        STA05A STA06               [p82 & p178 & !p185 & p26]  { (SSYNmind n6) [45] [62] } same fix D08;
        STA05B STA05C              [p82 & p178]                { [45] }                    same fix D08;
        STA11A                     [p82 & p178 & p185]         { [45] }                    same fix D24;
        STA11A                     [p82 & p178 & !p185]        { (SSYNmind n6) [45] [62] } same fix D24;
        STA15A                     [p82 & p178]                { (SSYNmind n6) [45] [62] } same fix D08;
        STA15C                     [p14 & p82 & !p178 & p185]  { [44] }                    same;
        STA15C                     [p14 & p82 & !p178 & !p185] { (SSYNmind n6) [44] [23] } same;
        STA15C                     [p82 & p178 & p185]         { [45] }                    same fix D08;
        STA15C                     [p82 & p178 & !p185]        { (SSYNmind n6) [45] [62] } same fix D08;
        STA19 STA20                [p14 & p19 & p82]           { [44] [23] }               same;
        STA19 STA20                [p26 & p82 & p178]          { [45] [62] }               same fix D08;
        STA713                     [p14 & p19 & p82]           { (SSYNmind n6) [44] [23] } same;
        STA713                     [p26 & p82 & p178]          { (SSYNmind n6) [45] [62] } same fix D08;
    }

    // X.225 7.26
    both PR_MAA {
        STA01A STA05A STA05B STA05C STA16
                      [-]   { }         same;
        STA01C STA01D [-]   { TDISreq } STA01;
        STA04A STA04B [-]   { }         STA15A;
        STA20         [p48] { }         same fix D22;
    }
}
