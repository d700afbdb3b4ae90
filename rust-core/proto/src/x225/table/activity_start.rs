//! Activity start and resume, capability data: X.225 Tables A.13 and A.22.
use super::lines::table;

table! { "A.13" "A.22" "activity start/resume/capability";

    // X.225 7.30
    both SACTRreq {
        STA15D [-] { } same;
    }
    N SACTRreq {
        STA713 [p45] { AR [12] [27] } same;
    }
    S SACTRreq {
        STA713 [p45 & !p178] { AR [12] [27] } same;
        STA713 [p45 & p178]  { AR [12] [69] } same;
    }

    // X.225 7.29
    both SACTSreq {
        STA15D [-] { } same fix D20;
    }
    N SACTSreq {
        STA713 [p45] { AS [12] [26] } same;
    }
    S SACTSreq {
        STA713 [p45 & !p178] { AS [12] [26] } same;
        STA713 [p45 & p178]  { AS [12] [70] } same;
    }

    // X.225 7.14
    both SCDreq {
        STA15D [-]   { }    same;
        STA713 [p47] { CD } STA21;
    }

    // X.225 7.15
    both SCDrsp {
        STA15D [-] { }     same;
        STA22  [-] { CDA } STA713;
    }

    // X.225 7.30
    both AR {
        STA01A STA15D STA16 [-] { }         same;
        STA01C STA01D       [-] { TDISreq } STA01;
    }
    N AR {
        STA15B [p44] { SACTRind [12] [27] } same;
        STA713 [p44] { SACTRind [12] [27] } same then [6];
    }
    S AR {
        STA15B [p44 & !p178] { SACTRind [12] [27] } same;
        STA15B [p44 & p178]  { SACTRind [12] [69] } same;
        STA713 [p44 & !p178] { SACTRind [12] [27] } same then [6];
        STA713 [p44 & p178]  { SACTRind [12] [69] } same then [6];
    }

    // X.225 7.29
    both AS {
        STA01A STA15D STA16 [-] { }         same;
        STA01C STA01D       [-] { TDISreq } STA01;
    }
    N AS {
        STA15B [p44] { SACTSind [12] [26] } same;
        STA713 [p44] { SACTSind [12] [26] } same then [6];
    }
    S AS {
        STA15B [p44 & !p178] { SACTSind [12] [26] } same;
        STA15B [p44 & p178]  { SACTSind [12] [70] } same;
        STA713 [p44 & !p178] { SACTSind [12] [26] } same then [6];
        STA713 [p44 & p178]  { SACTSind [12] [70] } same then [6];
    }

    // X.225 7.14
    both CD {
        STA01A STA15D STA16 [-]   { }         same;
        STA01C STA01D       [-]   { TDISreq } STA01;
        STA713              [p46] { SCDind }  STA22;
    }

    // X.225 7.15
    both CDA {
        STA01A STA15D STA16 [-]    { }         same;
        STA01C STA01D       [-]    { TDISreq } STA01;
        STA05B              [!p26] { }         same;
        STA21               [-]    { SCDcnf }  STA713;
    }
}
