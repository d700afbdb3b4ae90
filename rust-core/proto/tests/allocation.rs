//! Reading never takes more memory than a stated multiple of the octets read, whatever they say.
use osisession_proto::x225::parameter::Versions;
use osisession_proto::x225::spdu::{DecodeContext, Flow, Kind, decode};
use osisession_testkit::bench::Rng;
use osisession_testkit::{generate, tsv};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread what is in use.
struct Counting;

fn count(change: isize) {
    let live = LIVE.get() + change;
    LIVE.set(live);
    PEAK.set(PEAK.get().max(live));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Octets in use at the worst moment of a call, beyond those in use before.
fn peak<T>(call: impl FnOnce() -> T) -> usize {
    let before = LIVE.get();
    PEAK.set(before);
    let result = call();
    let peak = PEAK.get() - before;
    drop(result);
    usize::try_from(peak).unwrap_or_default()
}

/// Each unit takes two octets on the wire and 40 in memory; a list that grows is there twice for a moment, half empty. Each
/// leniency that was used takes 16.
const MULTIPLE: usize = 120;
/// An error with its texts.
const CONSTANT: usize = 1_024;

fn judge(octets: &[u8]) {
    let contexts = [
        DecodeContext::default(),
        DecodeContext::unknown(),
        DecodeContext { flow: Flow::Expedited, ..DecodeContext::unknown() },
    ];
    for context in contexts {
        let peak = peak(|| decode(octets, &context));
        let most = CONSTANT + MULTIPLE * octets.len();
        assert!(
            peak <= most,
            "{peak} octets for {} ({:02x?})",
            octets.len(),
            &octets[..octets.len().min(32)]
        );
    }
}

#[test]
fn memory_is_linear_in_the_octets_read() {
    for row in tsv::vectors() {
        judge(&tsv::octets(row["hex"]));
    }
    let mut rng = Rng::new(11);
    for round in 0..20_000 {
        let kind = *rng.pick(Kind::ALL);
        let made = generate::spdu(kind, rng.next_u64() as u32, Versions::V2, round & 1 == 0, &mut rng);
        let mut octets = made.builder().encode_unchecked();
        judge(&octets);
        let at = rng.below(octets.len().min(40));
        octets[at] = rng.next_u64() as u8;
        judge(&octets);
    }
    // The worst there is: nothing but empty units, each out of place, out of order and there twice; one more than fills a list.
    for si in [1, 13, 14, 25, 41] {
        for codes in [&[0u8][..], &[25], &[193, 25], &[5, 1], &[200, 3]] {
            let units: Vec<u8> = (0..16_385).flat_map(|index| [codes[index % codes.len()], 0]).collect();
            let mut octets = vec![si, 255];
            octets.extend((units.len() as u16).to_be_bytes());
            octets.extend(units);
            judge(&octets);
        }
    }
}

#[test]
fn user_data_is_not_copied() {
    for kind in [Kind::DT, Kind::MIP, Kind::AC] {
        let mut made = generate::spdu(kind, 0, Versions::V2, false, &mut Rng::new(1));
        made.user_data = vec![0x55; 60_000];
        let mut octets = kind.basic_prefix().map_or_else(Vec::new, |prefix| vec![prefix.si(), 0]);
        octets.extend(made.builder().encode_unchecked());
        let peak = peak(|| {
            let decoded = decode(&octets, &DecodeContext::default()).expect("valid");
            assert_eq!(decoded.spdus().last().expect("one").user_data().len(), 60_000);
        });
        assert!(peak < 600, "{kind}: {peak} octets");
    }
}
