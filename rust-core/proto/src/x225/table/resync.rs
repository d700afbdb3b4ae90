//! Resynchronization: X.225 Tables A.11 and A.20.
use super::lines::table;

table! { "A.11" "A.20" "resynchronization";

    // X.225 7.24
    N SRSYNreq_a {
        STA04A STA10A STA10B STA20 [p28]              { (PR_RS n5) RS_a [16] } STA05A;
        STA09                      [p10 & p28 & !p34] { (PR_RS n5) RS_a [16] } STA05A;
        STA11A                     [p24]              { (PR_RS n5) RS_a [16] } STA05A;
        STA15A                     [p28 & p30]        { (PR_RS n5) RS_a [16] } STA05A then [6];
        STA15B                     [p27 & p28]        { (PR_RS n5) RS_a [16] } STA06;
        STA15D                     [-]                { }                      same;
        STA713                     [p29]              { (PR_RS n5) RS_a [16] } STA05A;
    }

    // X.225 7.24
    N SRSYNreq_r {
        STA09               [p10 & p25 & !p34 & p33] { (PR_RS n5) RS_r [16] } STA05A;
        STA10A STA10B STA20 [p25 & p33]              { (PR_RS n5) RS_r [16] } STA05A;
        STA11A              [p24 & p33]              { (PR_RS n5) RS_r [16] } STA05A;
        STA15B              [p25 & p27 & p33]        { (PR_RS n5) RS_r [16] } STA06;
        STA15D              [-]                      { }                      same;
        STA713              [p25 & p26 & p33]        { (PR_RS n5) RS_r [16] } STA05A;
    }

    // X.225 7.24
    N SRSYNreq_s {
        STA04A              [p28]              { (PR_RS n5) RS_s [16] } STA05A;
        STA09               [p10 & p25 & !p34] { (PR_RS n5) RS_s [16] } STA05A;
        STA10A STA10B STA20 [p25]              { (PR_RS n5) RS_s [16] } STA05A;
        STA11A              [p24]              { (PR_RS n5) RS_s [16] } STA05A;
        STA15A              [p28 & p30]        { (PR_RS n5) RS_s [16] } STA05A then [6];
        STA15B              [p25 & p27]        { (PR_RS n5) RS_s [16] } STA06;
        STA15D              [-]                { }                      same;
        STA713              [p25 & p26]        { (PR_RS n5) RS_s [16] } STA05A;
    }

    // X.225 7.24
    S SRSYNreq {
        STA04A              [p28 & p180]             { (PR_RS n5) RS [16] } STA05A;
        STA09               [p10 & p28 & !p34 & p32] { (PR_RS n5) RS [16] } STA05A;
        STA10A STA10B STA20 [p28 & p32]              { (PR_RS n5) RS [16] } STA05A;
        STA11A              [p24 & p32]              { (PR_RS n5) RS [16] } STA05A;
        STA15A              [p28 & p30 & p180]       { (PR_RS n5) RS [16] } STA05A then [6] fix D07;
        STA15B              [p27 & p28 & p32]        { (PR_RS n5) RS [16] } STA06;
        STA15D              [-]                      { }                    same fix D05;
        STA713              [p29 & p32]              { (PR_RS n5) RS [16] } STA05A;
    }

    // X.225 7.25
    both SRSYNrsp {
        STA15D [-] { } same;
    }
    N SRSYNrsp {
        STA11A [p43] { (PR_RA n1) RA [28] [11] } STA713;
    }
    S SRSYNrsp {
        STA11A [p43]  { (PR_RA n1) RA [28] [11] } STA713;
        STA11A [p187] { (PR_RA n1) RA [68] [11] } STA713;
    }

    // X.225 7.26
    both PR_RA {
        STA01A STA16         [-] { }         same;
        STA01C STA01D        [-] { TDISreq } STA01;
        STA05A STA05B STA05C [-] { }         STA15C;
        STA06                [-] { [10] }    same;
    }

    // X.225 7.26
    both PR_RS {
        STA01A STA05B STA05C STA16 [-] { }         same;
        STA01C STA01D              [-] { TDISreq } STA01;
        STA02A STA06 STA15A STA15C STA18
                                   [-] { [10] }    same;
    }
    N PR_RS {
        STA03  [p10 & p80] { [67] } STA15B fix D01;
        STA04A STA04B STA10A STA10B STA19 STA20
               [p80]       { [67] } STA15B fix D01;
        STA05A [p80]       { [67] } STA06 fix D01;
        STA713 [!p26]      { [10] } same;
        STA713 [p26]       { [67] } STA15B fix D01;
    }
    S PR_RS {
        STA03  [p10 & p80] { [67] } STA15B;
        STA04A STA04B STA10A STA10B STA19 STA20
               [p80]       { [67] } STA15B;
        STA05A [p80]       { [67] } STA06;
        STA713 [p26]       { [67] } STA15B;
        STA713 [!p26]      { [10] } same;
    }

    // X.225 7.25
    both RA {
        STA01A STA15D STA16 [-] { }         same;
        STA01C STA01D       [-] { TDISreq } STA01;
    }
    N RA {
        STA05A [p35 & p49] { SRSYNcnf [28] [11] } STA713;
        STA15C [p36 & p49] { SRSYNcnf [28] [11] } STA713 then [6];
    }
    S RA {
        STA05A [p35 & p49]  { SRSYNcnf [28] [11] } STA713;
        STA05A [p35 & p187] { SRSYNcnf [68] [11] } STA713;
        STA15C [p36 & p49]  { SRSYNcnf [28] [11] } STA713 then [6];
        STA15C [p36 & p187] { SRSYNcnf [68] [11] } STA713 then [6];
    }

    // X.225 7.24
    N RS_a {
        STA01A STA15D STA16 [-]                { }                         same;
        STA01C STA01D       [-]                { TDISreq }                 STA01;
        STA03               [p10 & !p34 & p35] { [19] (SRSYNind n2) [16] } STA11A;
        STA04A STA04B STA10A STA19 STA20
                            [p35]              { [19] (SRSYNind n2) [16] } STA11A;
        STA05A              [!p24 & p35]       { }                         same;
        STA05A              [p24 & p35]        { [19] (SRSYNind n2) [16] } STA11A;
        STA05B STA05C       [p28]              { }                         same;
        STA06               [!p24]             { }                         STA05A then [6];
        STA06               [p24]              { [19] (SRSYNind n2) [16] } STA11A then [6];
        STA15B              [p29]              { [19] (SRSYNind n2) [16] } STA11A;
        STA15C              [p28]              { }                         same fix D12;
        STA713              [p26 & p35]        { [19] (SRSYNind n2) [16] } STA11A;
    }

    // X.225 7.24
    N RS_r {
        STA01A STA15D STA16       [-]                      { }               same;
        STA01C STA01D             [-]                      { TDISreq }       STA01;
        STA03                     [p10 & !p34 & p35 & p32] { SRSYNind [16] } STA11A;
        STA04A STA04B STA19 STA20 [p32 & p35]              { SRSYNind [16] } STA11A;
        STA05A                    [!p24 & p32 & p35]       { }               same;
        STA05A                    [p24 & p32 & p35]        { SRSYNind [16] } STA11A;
        STA05B STA05C             [p28]                    { }               same;
        STA06                     [!p24 & p32]             { }               STA05A then [6];
        STA06                     [p24 & p32]              { SRSYNind [16] } STA11A then [6];
        STA15B                    [p32 & p29]              { SRSYNind [16] } STA11A;
        STA15C                    [p28]                    { }               same fix D12;
        STA713                    [p32 & p26 & p35]        { SRSYNind [16] } STA11A;
    }

    // X.225 7.24
    N RS_s {
        STA01A STA15D STA16 [-]                { }               same;
        STA01C STA01D       [-]                { TDISreq }       STA01;
        STA03               [p10 & !p34 & p35] { SRSYNind [16] } STA11A;
        STA04A STA04B STA10A STA19 STA20
                            [p35]              { SRSYNind [16] } STA11A;
        STA05A              [!p24 & p35]       { }               same;
        STA05A              [p24 & p35]        { SRSYNind [16] } STA11A;
        STA05B STA05C       [p28]              { }               same;
        STA06               [!p24]             { }               STA05A then [6];
        STA06               [p24]              { SRSYNind [16] } STA11A then [6];
        STA15B              [p29]              { SRSYNind [16] } STA11A;
        STA15C              [p28]              { }               same fix D12;
        STA713              [p26 & p35]        { SRSYNind [16] } STA11A;
    }

    // X.225 7.24
    S RS {
        STA01A STA16              [-]                      { }                         same;
        STA01C                    [-]                      { TDISreq }                 STA01;
        STA01D                    [-]                      { TDISreq }                 STA01 fix D05;
        STA03                     [p10 & !p34 & p35 & p32] { [19] (SRSYNind n2) [16] } STA11A;
        STA04A STA04B STA19 STA20 [p35 & p32]              { [19] (SRSYNind n2) [16] } STA11A;
        STA05A                    [!p24 & p35 & p32]       { }                         same then [72];
        STA05A                    [p24 & p35 & p32]        { [19] (SRSYNind n2) [16] } STA11A;
        STA05B STA05C             [p28]                    { }                         same fix D06;
        STA06                     [!p24 & p32]             { }                         STA05A then [72] [6];
        STA06                     [p24 & p32]              { [19] (SRSYNind n2) [16] } STA11A then [6];
        STA10A                    [p35 & p180]             { [19] (SRSYNind n2) [16] } STA11A;
        STA15B                    [p29 & p32]              { [19] (SRSYNind n2) [16] } STA11A then [6] fix D09;
        STA15C                    [p28]                    { }                         same fix D12;
        STA15D                    [-]                      { }                         same fix D05;
        STA713                    [p26 & p35 & p32]        { [19] (SRSYNind n2) [16] } STA11A;
    }
}
