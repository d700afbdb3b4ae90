//! Activity interrupt and discard: X.225 Tables A.12 and A.21.
use super::lines::table;

table! { "A.12" "A.21" "activity interrupt and discard";

    // X.225 7.33
    both SACTDreq {
        STA04A STA11A STA713 [p34 & p39]       { (PR_RS n1) AD [16] } STA05C;
        STA04B               [p39]             { (PR_RS n1) AD [16] } STA05C;
        STA15A               [p34 & p39]       { (PR_RS n1) AD [16] } STA05C then [6];
        STA15B               [p27 & p34 & p39] { (PR_RS n1) AD [16] } STA05C;
        STA15D               [-]               { }                    same;
        STA20                [p34 & p11]       { (PR_RS n1) AD [16] } STA05C;
    }

    // X.225 7.34
    both SACTDrsp {
        STA11C [-] { (PR_RA n1) ADA [30] } STA713;
        STA15D [-] { }                     same;
    }

    // X.225 7.31
    both SACTIreq {
        STA04A STA11A STA713 [p34 & p39]       { (PR_RS n1) AI [16] } STA05B;
        STA04B               [p39]             { (PR_RS n1) AI [16] } STA05B;
        STA15A               [p34 & p39]       { (PR_RS n1) AI [16] } STA05B then [6];
        STA15B               [p27 & p34 & p39] { (PR_RS n1) AI [16] } STA05B;
        STA15D               [-]               { }                    same;
        STA20                [p34 & p11]       { (PR_RS n1) AI [16] } STA05B;
        STA21                [p16]             { AI [16] }            STA05B;
    }

    // X.225 7.32
    both SACTIrsp {
        STA11B [-] { (PR_RA n1) AIA [30] } STA713;
        STA15D [-] { }                     same;
    }

    // X.225 7.33
    both AD {
        STA01A STA15D STA16 [-]         { }                     same;
        STA01C STA01D       [-]         { TDISreq }             STA01;
        STA05A STA10A STA10B STA19 STA20 STA713
                            [p38 & p40] { SACTDind [16] }       STA11C;
        STA06 STA15B        [p37 & p40] { SACTDind [16] }       STA11C;
        STA713              [p37 & p40] { SACTDind [16] [901] } STA11C fix D14;
    }

    // X.225 7.34
    both ADA {
        STA01A STA15D STA16 [-]         { }               same;
        STA01C STA01D       [-]         { TDISreq }       STA01;
        STA05C              [p38]       { SACTDcnf [29] } STA713;
        STA15C              [p37 & p41] { SACTDcnf [29] } STA713 then [6];
    }

    // X.225 7.31
    both AI {
        STA01A STA15D STA16 [-]         { }                     same;
        STA01C STA01D       [-]         { TDISreq }             STA01;
        STA05A STA10A STA10B STA19 STA20 STA713
                            [p38 & p40] { SACTIind [16] }       STA11B;
        STA06 STA15B        [p37 & p40] { SACTIind [16] }       STA11B;
        STA22               [p16]       { SACTIind [16] }       STA11B;
        STA713              [p37 & p40] { SACTIind [16] [901] } STA11B fix D14;
    }

    // X.225 7.32
    both AIA {
        STA01A STA15D STA16 [-]         { }               same;
        STA01C STA01D       [-]         { TDISreq }       STA01;
        STA05B              [p38]       { SACTIcnf [29] } STA713;
        STA15C              [p37 & p42] { SACTIcnf [29] } STA713 then [6];
    }
}
