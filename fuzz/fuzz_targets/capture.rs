//! The reader of captures meets any file: no panic, it comes to an end, and what it delivers can be shown.
//!
//! Input: one octet of settings, then the file.
#![no_main]
use libfuzzer_sys::fuzz_target;
use osisession_capture::{Capture, Options, is_capture};
use osisession_proto::x225::follow::Follower;
use osisession_proto::x225::passive::Content;
use std::io::Cursor;

fuzz_target!(|input: &[u8]| {
    let [settings, file @ ..] = input else { return };
    let _ = is_capture(file);
    let options = Options { any_port: settings & 1 != 0, ..Options::default() };
    let Ok(mut capture) = Capture::new(Box::new(Cursor::new(file.to_vec())), options) else { return };
    // Every item takes at least one octet of the file, and a packet gives a few items of its own.
    let mut followers: std::collections::HashMap<usize, Follower> = Default::default();
    let most = 64 + 16 * file.len();
    for _ in 0..most {
        match capture.next_item() {
            Ok(Some(seen)) => {
                if let Content::Tsdu(tsdu) = &seen.item.content {
                    assert!(tsdu.fault.is_some() || !tsdu.kinds.is_empty());
                }
                let follower = followers.entry(seen.connection.number).or_default();
                if let Some(violation) = follower.item(&seen.item) {
                    assert!(violation.details().clause.is_some() && !follower.is_following(), "{violation}");
                }
                let _ = follower.standing();
                assert!(!format!("{seen:?}").is_empty());
            }
            Ok(None) => {
                assert!(capture.consumed() <= file.len() as u64);
                return;
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    panic!("the capture does not end");
});
