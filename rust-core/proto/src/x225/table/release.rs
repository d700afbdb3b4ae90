//! Release: X.225 Tables A.15 and A.24.
use super::lines::table;

table! { "A.15" "A.24" "release";

    // X.225 7.6
    both SRELreq {
        STA09  [!p65 & p10] { FN_nr [8] [18] } same fix D19;
        STA15B [p63]        { }                same;
        STA15D [-]          { }                same;
        STA713 [p63 & !p64] { FN_nr [8] }      STA03;
        STA713 [p63 & p64]  { FN_r [7] }       STA03;
    }

    // X.225 7.7
    both SRELrsp_pos {
        STA09  [!p66 & p75] { DN [4] } STA16;
        STA09  [p66]        { DN }     STA01C;
        STA09  [p69 & p01]  { DN }     STA03;
        STA15D [-]          { [4] }    STA16;
    }

    // X.225 7.8
    both SRELrsp_neg {
        STA09  [p67] { NF } STA713;
        STA15D [-]   { }    same;
    }

    // X.225 7.7
    both DN {
        STA01A STA16  [-]          { }                     same;
        STA01C STA01D [-]          { TDISreq }             STA01;
        STA03         [!p66]       { SRELcnf_pos TDISreq } STA01;
        STA03         [p66]        { SRELcnf_pos }         STA01C;
        STA09         [p69 & !p01] { SRELcnf_pos [32] }    same;
        STA15D        [-]          { }                     same fix D17;
    }

    // X.225 7.6
    both FN_nr {
        STA01A STA15D STA16 [-]    { }                  same;
        STA01C STA01D       [-]    { TDISreq }          STA01;
        STA03               [!p65] { SRELind [8] [18] } STA09;
        STA05A STA06 STA15C STA19 STA20
                            [p68]  { }                  same;
        STA15B              [p68]  { }                  same fix D16;
        STA713              [p68]  { SRELind [8] }      STA09;
    }

    // X.225 7.6
    both FN_r {
        STA01A STA16              [-]                 { }                  same;
        STA01C STA01D             [-]                 { TDISreq }          STA01;
        STA03                     [!p65 & !p01 & p16] { SRELind [8] [18] } STA09;
        STA05A STA15C STA19 STA20 [p68 & !p01 & p16]  { }                  same;
        STA713                    [p68 & !p01 & p16]  { SRELind [9] }      STA09;
    }

    // X.225 7.8
    both NF {
        STA01A STA15D STA16 [-]   { }             same;
        STA01C STA01D       [-]   { TDISreq }     STA01;
        STA03               [p67] { SRELcnf_neg } STA713;
        STA06               [p67] { SRELcnf_neg } same fix D18;
        STA15B              [p67] { SRELcnf_neg } same;
    }
}
