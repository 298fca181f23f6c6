//! Programs that the machine has to bring.

use std::path::PathBuf;

/// The `openssl` command.
pub fn openssl() -> PathBuf {
    present("openssl")
}

/// The `git` command.
pub fn git() -> PathBuf {
    present("git")
}

/// The `ssh-keygen` command.
pub fn ssh_keygen() -> PathBuf {
    present("ssh-keygen")
}

/// The `strace` command, which ends another program at a chosen system call.
pub fn strace() -> PathBuf {
    present("strace")
}

fn present(name: &str) -> PathBuf {
    find(name).unwrap_or_else(|problem| panic!("{problem}"))
}

/// Finds a program, or says what to install.
pub(crate) fn find(name: &str) -> Result<PathBuf, String> {
    let install = match name {
        "go" => "install Go 1.26 or later (https://go.dev/doc/install)",
        "python3" => "install Python 3.11 or later with its venv module (Debian: python3-venv)",
        "openssl" => "install OpenSSL 3 (Debian: openssl)",
        "git" => "install Git (Debian: git)",
        "ssh-keygen" => "install OpenSSH's client (Debian: openssh-client)",
        "strace" => "install strace 5.3 or later (Debian: strace)",
        _ => "install it",
    };
    which::which(name).map_err(|_| {
        format!("the tests need `{name}`, which is not on the PATH: {install}, then run them again")
    })
}
