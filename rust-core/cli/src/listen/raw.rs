//! Faulty peers, on a socket of their own: what they do, no session machine would.
use super::{Said, Told};
use crate::args::{Behaviour, Listen};
use crate::command::{SLICE, Stop};
use crate::script::play::Note;
use osisession::Bytes;
use osisession::proto::transport::tpdu::{Connect, Disconnect, Tpdu};
use osisession::proto::transport::tpkt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a caller may take for a packet, and a silent peer keeps silent.
const LIFE: Duration = Duration::from_secs(300);

/// Octets that are nothing: no TPKT, no text.
const GARBAGE: &[u8] = &[0xff, 0x00, 0x13, 0x37, 0xde, 0xad, 0xbe, 0xef, 0x80, 0x7f, 0x01, 0xfe];
/// What a web server says to octets that are no request.
const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
/// ACCEPT of version 2 with duplex, of which the last octets never come (X.225 8.3.4).
const ACCEPT: &[u8] =
    &[0x0e, 0x0d, 0x05, 0x06, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02, 0x14, 0x02, 0x00, 0x02, 0x34, 0x00];

/// Joined when it is dropped, after the flag was set.
pub(super) struct Running(Option<JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

/// Listens; where, and the thread that takes callers.
pub(super) fn start(
    args: &Listen,
    behaviour: Behaviour,
    tell: SyncSender<Told>,
    stop: Arc<AtomicBool>,
) -> Result<(String, Running), Stop> {
    let failed = |error: io::Error| Stop::Usage(format!("cannot listen at {}: {error}", args.address));
    let with_port =
        if args.address.contains(':') { args.address.clone() } else { format!("{}:102", args.address) };
    let socket = TcpListener::bind(with_port).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?.to_string();
    let (count, max) = (args.count, args.max_sessions as usize);
    let reason = args.reason.unwrap_or(0);
    let thread = std::thread::spawn(move || {
        let busy = Arc::new(AtomicUsize::new(0));
        let mut threads: Vec<JoinHandle<()>> = Vec::new();
        let mut caller = 0;
        while !stop.load(Ordering::SeqCst) && (count == 0 || caller < count) {
            if busy.load(Ordering::SeqCst) >= max {
                std::thread::sleep(SLICE);
                continue;
            }
            let Ok((stream, from)) = socket.accept() else {
                std::thread::sleep(SLICE);
                continue;
            };
            caller += 1;
            busy.fetch_add(1, Ordering::SeqCst);
            let (tell, busy, stop) = (tell.clone(), busy.clone(), stop.clone());
            threads.retain(|thread| !thread.is_finished());
            threads.push(std::thread::spawn(move || {
                let told = |note| {
                    let _ = tell.send(Told { caller, note });
                };
                told(Said::Came(from.to_string()));
                let mut peer = Peer { stream, stop, tell: &told };
                if let Err(error) = peer.misbehave(behaviour, reason) {
                    told(Said::Note(Note::Said(format!("the caller is gone: {error}"))));
                }
                busy.fetch_sub(1, Ordering::SeqCst);
                told(Said::Gone(true));
            }));
        }
        for thread in threads {
            let _ = thread.join();
        }
    });
    Ok((address, Running(Some(thread))))
}

struct Peer<'t> {
    stream: TcpStream,
    stop: Arc<AtomicBool>,
    tell: &'t dyn Fn(Said),
}

impl Peer<'_> {
    fn misbehave(&mut self, behaviour: Behaviour, reason: u8) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        self.stream.set_read_timeout(Some(SLICE))?;
        self.stream.set_write_timeout(Some(Duration::from_secs(5)))?;
        self.stream.set_nodelay(true)?;
        match behaviour {
            Behaviour::Close => self.stream.shutdown(Shutdown::Both),
            Behaviour::Silent => self.linger(),
            Behaviour::Garbage => {
                self.say("garbage", GARBAGE)?;
                self.linger()
            }
            Behaviour::Http => {
                self.say("an answer of HTTP", HTTP)?;
                self.stream.shutdown(Shutdown::Write)?;
                self.linger()
            }
            Behaviour::CloseOnCr => {
                let _ = self.packet()?;
                self.stream.shutdown(Shutdown::Both)
            }
            Behaviour::Dr => {
                let reference = self.cr()?;
                let dr = Disconnect { destination_reference: reference, reason, ..Disconnect::default() };
                self.tpdu(&Tpdu::Dr(dr))?;
                self.linger()
            }
            Behaviour::Mute => {
                self.confirm()?;
                self.linger()
            }
            Behaviour::CloseOnCn => {
                self.confirm()?;
                let _ = self.packet()?;
                self.stream.shutdown(Shutdown::Both)
            }
            Behaviour::HalfAc => {
                self.confirm()?;
                let _ = self.packet()?;
                let whole = dt(ACCEPT);
                self.say("half an AC", &whole[..whole.len() - 6])?;
                self.linger()
            }
            Behaviour::BadAc => {
                self.confirm()?;
                let _ = self.packet()?;
                // Its length goes beyond its end.
                let mut octets = ACCEPT.to_vec();
                octets[1] = 0x40;
                self.say("an AC with a wrong length", &dt(&octets))?;
                self.linger()
            }
            // Done by the session machine.
            Behaviour::Echo | Behaviour::Sink | Behaviour::Script | Behaviour::Refuse | Behaviour::Abort => {
                Ok(())
            }
        }
    }

    fn say(&mut self, what: &str, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets)?;
        (self.tell)(Said::Note(Note::Said(format!("-> {what}, {} octets", octets.len()))));
        Ok(())
    }

    fn tpdu(&mut self, tpdu: &Tpdu) -> io::Result<()> {
        let octets = tpdu.encode().map_err(|error| io::Error::other(error.to_string()))?;
        self.say(&tpdu.to_string(), &in_tpkt(&octets))
    }

    /// Takes a CR; its source reference.
    fn cr(&mut self) -> io::Result<u16> {
        match self.packet()? {
            Ok(Tpdu::Cr(cr)) => Ok(cr.source_reference),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "no CR came")),
        }
    }

    /// Takes a CR, answers with a CC.
    fn confirm(&mut self) -> io::Result<()> {
        let destination_reference = self.cr()?;
        self.tpdu(&Tpdu::Cc(Connect { destination_reference, source_reference: 1, ..Connect::default() }))
    }

    /// Takes a packet.
    fn packet(&mut self) -> io::Result<osisession::Result<Tpdu>> {
        let mut octets = self.exactly(tpkt::HEADER)?;
        let length = tpkt::packet_length(&octets).map_err(|error| io::Error::other(error.to_string()))?;
        let rest = length.unwrap_or(tpkt::HEADER).saturating_sub(octets.len());
        octets = self.exactly(rest)?;
        let tpdu = Tpdu::decode(Bytes::from(octets));
        let text = tpdu.as_ref().map_or_else(ToString::to_string, ToString::to_string);
        (self.tell)(Said::Note(Note::Said(format!("<- {text}"))));
        Ok(tpdu)
    }

    fn exactly(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut octets = vec![0; count];
        let (mut filled, end) = (0, Instant::now() + LIFE);
        while filled < count {
            match self.stream.read(&mut octets[filled..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => filled += read,
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
            if self.stop.load(Ordering::SeqCst) || Instant::now() >= end {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        Ok(octets)
    }

    /// Reads and drops until the caller has enough.
    fn linger(&mut self) -> io::Result<()> {
        let end = Instant::now() + LIFE;
        let mut scratch = [0; 4096];
        while !self.stop.load(Ordering::SeqCst) && Instant::now() < end {
            match self.stream.read(&mut scratch) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if is_pause(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// The TPDUs of here are short.
fn in_tpkt(tpdu: &[u8]) -> Vec<u8> {
    let mut octets = tpkt::header(tpdu.len()).unwrap_or_default().to_vec();
    octets.extend_from_slice(tpdu);
    octets
}

fn dt(tsdu: &[u8]) -> Vec<u8> {
    in_tpkt(&[&[2, 0xf0, 0x80], tsdu].concat())
}
