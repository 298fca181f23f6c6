//! A control plane to try things on by hand: it runs until Ctrl-C or the end of standard input.
#![forbid(unsafe_code)]

use std::io::{self, Read, Write};

use bulla_tests::ControlPlane;

fn main() -> io::Result<()> {
    let plane = ControlPlane::start();
    writeln!(
        io::stdout(),
        "export KUBECONFIG={}\n# kubectl: {}",
        plane.kubeconfig().display(),
        bulla_tests::peers::kubectl().display()
    )?;
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
