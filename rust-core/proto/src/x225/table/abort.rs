//! Abort: X.225 Tables A.16 and A.25.
use super::lines::table;

table! { "A.16" "A.25" "abort";

    // X.225 7.9
    both SUABreq {
        STA01B [-]    { TDISreq }              STA01;
        STA02A STA02B STA03 STA04A STA04B STA05A STA05B STA05C STA06 STA08 STA09 STA10A STA10B
        STA11A STA11B STA11C STA15A STA15B STA15C STA18 STA19 STA20 STA21 STA22 STA713
               [!p02] { (PR_AB n4) AB_nr [4] } STA16;
        STA02A STA02B STA03 STA04A STA04B STA05A STA05B STA05C STA08 STA09 STA10A STA10B
        STA11A STA11B STA11C STA18 STA19 STA20 STA21 STA22 STA713
               [p02]  { AB_r [4] }             STA01A;
        STA15D [-]    { [4] }                  STA16;
    }

    both TDISind {
        STA01A STA16  [-] { [3] }     STA01;
        STA01B STA02A STA02B STA03 STA04A STA04B STA05A STA05B STA05C STA06 STA08 STA09 STA10A
        STA10B STA11A STA11B STA11C STA15A STA15B STA15C STA15D STA18 STA19 STA20 STA21 STA22
        STA713
                      [-] { SPABind } STA01;
        STA01C STA01D [-] { }         STA01;
    }

    both TIM {
        STA01A STA15D STA16 [-] { TDISreq } STA01;
    }

    // X.225 7.10
    both AA {
        STA01A        [-] { [3] }         STA01C;
        STA01C STA01D [-] { TDISreq }     STA01;
        STA16         [-] { [3] TDISreq } STA01;
    }

    // X.225 7.9
    both AB_nr {
        STA01A STA16  [-]    { [3] TDISreq }          STA01;
        STA01C STA01D [-]    { TDISreq }              STA01;
        STA02A STA03 STA04A STA04B STA05A STA05B STA05C STA08 STA09 STA10A STA10B STA11A
        STA11B STA11C STA18 STA19 STA20 STA21 STA22 STA713
                      [!p02] { (SxABind n3) TDISreq } STA01;
        STA02A STA03 STA04A STA04B STA05A STA05B STA05C STA08 STA09 STA10A STA10B STA11A
        STA11B STA11C STA18 STA19 STA20 STA21 STA22 STA713
                      [p02]  { (SxABind n3) AA [4] }  STA16;
        STA02B STA06 STA15A STA15B STA15C STA15D
                      [-]    { (SxABind n3) TDISreq } STA01;
    }

    // X.225 7.9
    both AB_r {
        STA01A        [-]    { [3] }                  STA01C;
        STA01C STA01D [!p02] { TDISreq }              STA01;
        STA01C        [p02]  { AA }                   same;
        STA01D        [p02]  { AA }                   STA01C;
        STA02A STA02B STA03 STA04A STA04B STA05A STA05B STA05C STA08 STA09 STA10A STA10B
        STA11A STA11B STA11C STA18 STA19 STA20 STA21 STA22 STA713
                      [!p02] { (SxABind n3) TDISreq } STA01;
        STA02A STA02B STA03 STA04A STA04B STA05A STA05B STA05C STA08 STA09 STA10A STA10B
        STA11A STA11B STA11C STA18 STA19 STA20 STA21 STA22 STA713
                      [p02]  { (SxABind n3) AA }      STA01C;
        STA16         [-]    { [3] TDISreq }          STA01;
    }

    // X.225 7.26
    both PR_AB {
        STA01C [-] { TDISreq }     STA01;
        STA01D [-] { TDISreq }     STA01 fix D15;
        STA02A STA03 STA04A STA04B STA05A STA05B STA05C STA06 STA08 STA09 STA10A STA10B STA11A
        STA11B STA11C STA15A STA15B STA15C STA18 STA19 STA20 STA21 STA22 STA713
               [-] { }             STA15D;
        STA16  [-] { [3] TDISreq } STA01;
    }

    // Cells that the standard marks as impossible.
    #impossible both { STA01 STA01B } { AA AB_nr AB_r }
    #impossible both { STA01 STA01A STA01B STA01D STA02B } { PR_AB }
    #impossible both { STA01 } { TDISind }
    #impossible both {
        STA01 STA01B STA01C STA01D STA02A STA02B STA03 STA04A STA04B STA05A STA05B STA05C STA06 STA08 STA09
        STA10A STA10B STA11A STA11B STA11C STA15A STA15B STA15C STA18 STA19 STA20 STA21 STA22 STA713
    } { TIM }
}
