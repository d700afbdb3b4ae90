//! Connection establishment: X.225 Tables A.8 and A.17.
use super::lines::table;

table! { "A.8" "A.17" "connection establishment";

    // X.225 7.1
    both SCONreq {
        STA01  [-]           { TCONreq [2] } STA01B;
        STA01C [p01 & p204]  { CN }          STA02B;
        STA01C [p01 & !p204] { CN }          STA02A;
    }

    // X.225 7.4
    both SCONrsp_pos {
        STA15D [-] { } same;
    }
    N SCONrsp_pos {
        STA08 [-] { AC [5] [11] } STA713;
    }
    S SCONrsp_pos {
        STA08 [!p178] { AC [5] [11] }  STA713;
        STA08 [p178]  { AC [71] [11] } STA713;
    }

    // X.225 7.5
    both SCONrsp_neg {
        STA08  [!p02] { RF_nr [4] } STA16;
        STA08  [p02]  { RF_r }      STA01C;
        STA15D [-]    { [4] }       STA16;
    }

    both TCONind {
        STA01 [-] { TCONrsp [1] } STA01C;
    }

    both TCONcnf {
        STA01B [p204]  { CN } STA02B;
        STA01B [!p204] { CN } STA02A;
    }

    // X.225 7.4
    both AC {
        STA01A STA15D STA16 [-] { }         same;
        STA01C              [-] { TDISreq } STA01;
    }
    N AC {
        STA02A [-] { SCONcnf_pos [5] [11] } STA713 then [6];
    }
    S AC {
        STA02A [!p178] { SCONcnf_pos [5] [11] }  STA713 then [6];
        STA02A [p178]  { SCONcnf_pos [71] [11] } STA713 then [6];
    }

    // X.225 7.3
    both CDO {
        STA01A STA16 [-]     { }         same fix D11;
        STA01C       [-]     { TDISreq } STA01;
        STA01D       [!p202] { [50] }    same;
        STA01D       [p202]  { SCONind } STA08;
        STA15D       [-]     { }         same;
    }

    // X.225 7.1
    both CN {
        STA01A STA16 [-]                   { TDISreq [3] } STA01;
        STA01C       [!p01 & !p76 & p204]  { OA [50] }     STA01D;
        STA01C       [!p01 & !p76 & !p204] { SCONind }     STA08;
        STA01C       [!p01 & p76 & !p02]   { RF_nr [4] }   STA16;
        STA01C       [!p01 & p76 & p02]    { RF_r }        same;
        STA01C       [p01]                 { TDISreq }     STA01;
    }

    // X.225 7.2
    both OA {
        STA01A STA16 [-] { }          same fix D11;
        STA01C       [-] { TDISreq }  STA01;
        STA02B       [-] { CDO [51] } STA02A;
        STA15D       [-] { }          same;
    }

    // X.225 7.5
    both RF_nr {
        STA01A STA16  [-] { }                     same;
        STA01C        [-] { TDISreq }             STA01;
        STA02A STA02B [-] { SCONcnf_neg TDISreq } STA01;
    }

    // X.225 7.5
    both RF_r {
        STA01A STA16  [-]    { }                     same;
        STA01C        [-]    { TDISreq }             STA01;
        STA02A STA02B [!p02] { SCONcnf_neg TDISreq } STA01;
        STA02A STA02B [p02]  { SCONcnf_neg }         STA01C;
    }

    // Cells that the standard marks as impossible.
    #impossible both { STA01 STA01B } { AC CDO CN OA RF_nr RF_r }
    #impossible both { STA01 STA01A STA01C STA01D STA02A STA02B STA08 STA15D STA16 } { TCONcnf }
    #impossible both { STA01A STA01B STA01C STA01D STA02A STA02B STA08 STA15D STA16 } { TCONind }
}
