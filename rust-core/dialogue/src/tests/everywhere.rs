//! One short story, in which either process dies at each single moment: after each record, each sync, each word.
use osisession_proto::time::Duration;

use super::duo::Duo;
use super::life::plain;

const WORDS: [[&str; 3]; 2] = [["a1", "a2", "a3"], ["b1", "b2", "b3"]];

/// What both applications do, as often as it takes: say what they have not said, then close.
fn act(duo: &mut Duo) {
    if duo.engines[0].is_none() {
        duo.open();
    }
    for word in 0..3 {
        for (x, words) in WORDS.iter().enumerate() {
            let now = duo.now;
            if let Some(engine) = &mut duo.engines[x]
                && engine.progress().sent == word as u64
            {
                // Refused when the other side is closing already: then it was said before the crash.
                let _ = engine.send(words[word].into(), now);
                duo.settle();
            }
        }
        duo.pass(Duration::from_millis(60));
    }
    // Only what was accepted is there for good.
    if duo.engines.iter().all(|engine| engine.as_ref().is_some_and(|engine| engine.progress().accepted == 3))
    {
        let now = duo.now;
        let _ = duo.engine(0).close(now);
    }
    duo.settle();
    duo.pass(Duration::from_millis(500));
}

fn check(duo: &Duo, what: &str) {
    for x in 0..2 {
        let mut got: Vec<String> = Vec::new();
        for (position, text) in duo.messages(x) {
            let at = position as usize - 1;
            match got.get(at) {
                Some(before) => assert_eq!(*before, text, "{what}"),
                None => {
                    assert_eq!(at, got.len(), "{what}");
                    got.push(text);
                }
            }
        }
        assert_eq!(got, WORDS[1 - x], "{what}: at {x}");
        assert_eq!(duo.state(x), "closed", "{what}");
    }
}

#[test]
fn either_process_dies_everywhere() {
    let mut whole = Duo::new(plain());
    act(&mut whole);
    check(&whole, "nobody dies");
    let mut stories = 0;
    for x in 0..2 {
        for arrives in [false, true] {
            for moment in 0.. {
                // All that was not synced is lost, or one record of it is kept, or two.
                for kept in 0..3 {
                    let mut duo = Duo::new(plain());
                    duo.budget = Some(moment);
                    act(&mut duo);
                    let over = duo.budget != Some(0);
                    let what =
                        format!("{x} dies at {moment}, {kept} records kept, the rest arrives: {arrives}");
                    duo.crash(x, kept, arrives);
                    for _ in 0..3 {
                        act(&mut duo);
                        duo.pass(Duration::from_secs(40));
                    }
                    check(&duo, &what);
                    stories += 1;
                    if over {
                        break;
                    }
                }
                let mut duo = Duo::new(plain());
                duo.budget = Some(moment);
                act(&mut duo);
                if duo.budget != Some(0) {
                    break;
                }
            }
        }
    }
    println!("{stories} deaths");
    assert!(stories > 500, "{stories}");
}
