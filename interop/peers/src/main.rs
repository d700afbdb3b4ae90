//! Stacks that are not ours, from published crates: `peers STACK serve|call PORT`. What a caller saw it prints, a line each.
mod iec61850_rs_crate;
mod rusty;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [stack, role, port] = arguments.as_slice() else { panic!("peers STACK serve|call PORT") };
    let address = format!("127.0.0.1:{port}");
    match (stack.as_str(), role.as_str()) {
        ("rusty-cosp", "serve") => rusty::serve(&address),
        ("rusty-cosp", "call") => rusty::call(&address),
        ("iec61850-rs", "serve") => iec61850_rs_crate::serve(&address),
        ("iec61850-rs", "call") => iec61850_rs_crate::call(&address),
        _ => panic!("no such stack or role"),
    }
}
