//! Tokens and exceptions: X.225 Tables A.14 and A.23.
use super::lines::table;

table! { "A.14" "A.23" "token management and exception";

    // X.225 7.18
    both SCGreq {
        STA15D [-]   { }          same;
        STA713 [p55] { GTC [11] } STA18;
    }

    // X.225 7.16
    both SGTreq {
        STA04A STA04B STA10A STA10B STA15A STA713
               [p54] { GT [11] } same;
        STA15B [p54] { }         same;
        STA15D [-]   { }         same;
        STA20  [p57] { GT [11] } same;
        STA20  [p58] { GT [11] } STA713;
    }

    // X.225 7.17
    both SPTreq {
        STA09 STA10A STA10B STA22 STA713
               [p53] { PT } same;
        STA15B [p53] { }    same;
        STA15D [-]   { }    same;
    }

    // X.225 7.28
    both SUERreq {
        STA09 STA10A STA10B STA713 [p50] { ED } STA19;
        STA15B                     [p50] { }    same;
        STA15D                     [-]   { }    same;
    }

    // X.225 7.28
    both ED {
        STA01A STA15D STA16 [-]          { }         same;
        STA01C STA01D       [-]          { TDISreq } STA01;
        STA03               [p52]        { SUERind } STA20;
        STA04A STA04B       [p48 & p03]  { SUERind } STA20;
        STA04A STA04B       [p48 & !p03] { SUERind } STA713;
        STA05A STA05B STA05C STA06 STA15C
                            [p48]        { }         same;
        STA15B              [p48]        { }         same fix D10;
        STA19 STA713        [p50]        { SUERind } same;
        STA713              [p51]        { SUERind } STA20;
    }

    // X.225 7.27
    both ER {
        STA01A STA15D STA16 [-]          { }         same;
        STA01C STA01D       [-]          { TDISreq } STA01;
        STA03               [p52]        { SPERind } STA20;
        STA04A STA04B       [p48 & p03]  { SPERind } STA20;
        STA04A STA04B       [p48 & !p03] { SPERind } STA713;
        STA05A STA05B STA05C STA06 STA15C
                            [p48]        { }         same;
        STA15B              [p48]        { }         same fix D10;
        STA19 STA713        [p50]        { SPERind } same;
        STA21               [p48]        { SPERind } STA20;
        STA713              [p51]        { SPERind } STA20;
    }

    // X.225 7.16
    both GT {
        STA01A STA15D STA16        [-]           { }             same;
        STA01C STA01D              [-]           { TDISreq }     STA01;
        STA04A STA04B STA10A STA10B STA15A STA21 STA713
                                   [p59]         { SGTind [11] } same;
        STA05A STA06 STA15B STA15C [p59 & p185]  { }             same;
        STA05A STA06 STA15B STA15C [p59 & !p185] { SGTind [11] } same;
        STA05B STA05C              [p59]         { }             same;
        STA19 STA20                [p60]         { SGTind [11] } same;
        STA19 STA20                [p61]         { SGTind [11] } STA713;
    }

    // X.225 7.19
    both GTA {
        STA01A STA15D STA16 [-] { }         same;
        STA01C STA01D       [-] { TDISreq } STA01;
        STA18               [-] { }         STA713 then [6];
    }

    // X.225 7.18
    both GTC {
        STA01A STA15D STA16 [-]   { }                 same;
        STA01C STA01D       [-]   { TDISreq }         STA01;
        STA713              [p62] { SCGind GTA [11] } same;
    }

    // X.225 7.17
    both PT {
        STA01A STA15D STA16        [-]           { }         same;
        STA01C STA01D              [-]           { TDISreq } STA01;
        STA03 STA04A STA04B STA15A STA18 STA21 STA713
                                   [p53]         { SPTind }  same;
        STA05A STA06 STA15B STA15C [p53 & p185]  { }         same;
        STA05A STA06 STA15B STA15C [p53 & !p185] { SPTind }  same;
        STA05B STA05C STA19 STA20  [p53]         { }         same;
    }
}
