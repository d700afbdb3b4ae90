//! `osisession scp connect`: messages to an object, and what it says.
use super::args::Connect;
use super::output::Output;
use super::{Failure, Result, endpoint, object, secret, wait};
use osisession::ErrorKind;
use osisession::decnet::{AccessControl, ConnectOptions, EndUser, LinkEvent, LogicalLink, Reason};
use std::io::BufRead;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

/// Between two looks for further lines.
const LOOK: Duration = Duration::from_millis(50);

pub(super) fn run(connect: &Connect, output: &mut Output<'_>) -> Result<bool> {
    let called = object(&connect.object)?;
    let options = options(connect)?;
    let node = endpoint(&connect.common)?;
    node.start()?;
    let limit = wait(&connect.common);
    node.wait_up(limit)?;
    let link = node.connect(connect.called.as_str(), called, options)?;
    let outcome = link.wait_outcome(limit)?;
    output.event(link.id(), &outcome)?;
    if !matches!(outcome, LinkEvent::Accepted { .. }) {
        return Ok(false);
    }
    talk(&link, &lines(connect), connect.until, limit, output)
}

fn options(connect: &Connect) -> Result<ConnectOptions> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes().into();
    let has_access = connect.user.is_some() || connect.password_file.is_some() || connect.account.is_some();
    let password = connect.password_file.as_deref().map(secret).transpose()?.unwrap_or_default();
    Ok(ConnectOptions {
        source: connect.source.clone().map(EndUser::named),
        access: has_access.then(|| AccessControl {
            user: text(&connect.user),
            password,
            account: text(&connect.account),
        }),
        user_data: connect.data.as_ref().map(|data| data.clone().into_bytes().into()),
        ..ConnectOptions::default()
    })
}

/// The messages, as they come.
fn lines(connect: &Connect) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel::<Vec<u8>>(16);
    let given: Vec<Vec<u8>> = connect.message.iter().map(|text| text.clone().into_bytes()).collect();
    std::thread::spawn(move || {
        if !given.is_empty() {
            for message in given {
                if sender.send(message).is_err() {
                    return;
                }
            }
            return;
        }
        for line in std::io::stdin().lock().split(b'\n').map_while(|line| line.ok()) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Sends what there is to send, shows what comes; true if the link ended in order.
fn talk(
    link: &LogicalLink,
    lines: &Receiver<Vec<u8>>,
    until: Option<u64>,
    limit: Option<Duration>,
    output: &mut Output<'_>,
) -> Result<bool> {
    let (mut came, mut more, mut ending) = (0, true, false);
    // Without a number of messages to wait for, the end of what is sent is the end of the link.
    let mut last = Instant::now();
    loop {
        while more {
            match lines.try_recv() {
                Ok(line) => {
                    link.send_wait(line, limit)?;
                    last = Instant::now();
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => more = false,
            }
        }
        let enough = match until {
            Some(until) => came >= until,
            None => !more,
        };
        if enough && !ending {
            ending = true;
            last = Instant::now();
            link.disconnect("")?;
        }
        match link.next_event(Some(LOOK)) {
            Ok(event) => {
                last = Instant::now();
                came += u64::from(matches!(event, LinkEvent::Message(_)));
                if output.event(link.id(), &event)? {
                    let in_order = matches!(
                        event,
                        LinkEvent::Closed | LinkEvent::Disconnected { reason: Reason::BY_END_USER, .. }
                    );
                    return Ok(in_order && until.is_none_or(|until| came >= until));
                }
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                // A person at the keyboard may take longer; a peer that owes something may not.
                if (!more || ending) && limit.is_some_and(|limit| last.elapsed() > limit) {
                    return Err(Failure::Failed(error));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}
