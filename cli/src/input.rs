//! Reading what a person named: a path, or `-` for standard input.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::error::{CommandError, holds_key};
use crate::exit_code::ExitCode;

/// No manifest, key or value is nearly as large. A larger file is a mistake, or an attack.
const MAX_BYTES: usize = 256 << 20;
const FIRST_BYTES: usize = 64 << 10;

/// The name under which standard input appears in messages.
const STDIN: &str = "<stdin>";

/// What was read: bytes that may be plaintext, and what messages call them.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// Reads a file, or standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Input, CommandError> {
    if path == Path::new("-") {
        let bytes = read_all(io::stdin().lock(), FIRST_BYTES);
        let bytes = bytes.map_err(|error| CommandError::io("read", Path::new(STDIN), &error))?;
        let name = STDIN.to_owned();
        return Ok(Input { name, bytes });
    }
    let file = File::open(path).and_then(|file| read_file(file, false));
    named(path, file)
}

/// Reads a file that nobody vouches for. A symbolic link is not followed, a pipe not waited for.
pub(crate) fn read_regular(path: &Path) -> Result<Input, CommandError> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => read_file(file.into(), true),
        Err(Errno::LOOP) => Err(io::Error::other("a symbolic link")),
        Err(error) => Err(error.into()),
    };
    named(path, file)
}

fn named(path: &Path, bytes: io::Result<Zeroizing<Vec<u8>>>) -> Result<Input, CommandError> {
    let name = path.display().to_string();
    match bytes {
        Ok(bytes) => Ok(Input { name, bytes }),
        Err(error) => Err(CommandError::io("read", path, &error)),
    }
}

fn read_file(file: File, must_be_regular: bool) -> io::Result<Zeroizing<Vec<u8>>> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if must_be_regular && !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    // What is too large is not read at all. One byte more, so that the end is seen without growing.
    let expected = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    match expected {
        0..=MAX_BYTES => read_all(file, expected + 1),
        _ => Err(io::ErrorKind::FileTooLarge.into()),
    }
}

/// Reads a file whose content is secret, and that `flag` names. Some people give the content itself,
/// which then must not stand in the log of a build. Nothing tells a password from the name of a file
/// that is not there; so what does not even look like a path is not repeated, only the flag is. Of
/// keys [`CommandError::io`] knows more to say.
pub(crate) fn read_private(flag: &str, path: &Path) -> Result<Input, CommandError> {
    let is_shown = path == Path::new("-") || looks_like_path(path);
    match path.symlink_metadata() {
        Err(error) if !is_shown && !holds_key(&path.to_string_lossy()) => {
            let message = format!("cannot read what {flag} names: {error}");
            Err(CommandError::new(ExitCode::Io, message).hinted(format!(
                "{flag} wants the name of a file, and what may be its content is not shown"
            )))
        }
        _ => read(path),
    }
}

/// In a directory that is there, or with an ending such as `.txt`. Keys and passwords in base64 may
/// have slashes, so the root does not count.
fn looks_like_path(path: &Path) -> bool {
    const LONGEST: usize = 255;
    let is_in_folder = path.parent().is_some_and(|folder| {
        folder != Path::new("") && folder != Path::new("/") && folder.is_dir()
    });
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_ending = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let has_ending = (1..=5).contains(&ending.len()) && ending.bytes().all(is_ending);
    path.as_os_str().len() <= LONGEST && (is_in_folder || has_ending)
}

/// The same for text.
pub(crate) fn read_private_text(
    flag: &str,
    path: &Path,
) -> Result<Zeroizing<String>, CommandError> {
    text(read_private(flag, path)?)
}

/// Reads text, such as keys.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, CommandError> {
    text(read(path)?)
}

fn text(Input { name, mut bytes }: Input) -> Result<Zeroizing<String>, CommandError> {
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        CommandError::refused(format!("{name}: is not text"))
    })
}

/// Reads what another program prints, up to the size that a file may have.
pub(crate) fn read_limited(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    read_all(from, FIRST_BYTES)
}

/// Like `read_to_end`, but buffers that became too small are overwritten.
fn read_all(from: impl Read, capacity: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    // One byte more tells that it is too many.
    let mut from = from.take(MAX_BYTES as u64 + 1);
    let mut bytes = Zeroizing::new(vec![0; capacity.max(1)]);
    let mut len = 0;
    loop {
        if len == bytes.len() {
            let mut larger = Zeroizing::new(vec![0; 2 * len]);
            let (head, _) = larger.split_at_mut(len);
            head.copy_from_slice(&bytes);
            bytes = larger;
        }
        match from.read(bytes.get_mut(len..).unwrap_or_default()) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if len > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    bytes.truncate(len);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use std::os::unix::fs::symlink;

    /// Between looking at a directory and reading a file in it, the file can become something else.
    #[test]
    fn what_became_a_link_or_a_device_is_not_read() {
        let directory = tempfile::tempdir().unwrap();
        let refused = |name: &str| {
            let path = directory.path().join(name);
            let error = read_regular(&path).map(|_| ()).unwrap_err();
            let message = error.messages().join("\n");
            message.replace(&directory.path().display().to_string(), "t")
        };
        std::fs::write(directory.path().join("file"), "x").unwrap();
        symlink("file", directory.path().join("link")).unwrap();
        assert!(read_regular(&directory.path().join("file")).is_ok());
        assert_snapshot!(refused("link"), @"cannot read t/link: a symbolic link");
        assert_snapshot!(refused("/dev/zero"), @"cannot read /dev/zero: not a regular file");
        assert_snapshot!(refused("."), @"cannot read t/.: is a directory");
        let mut mkfifo = std::process::Command::new("mkfifo");
        let made = mkfifo.arg(directory.path().join("pipe")).status();
        assert!(made.unwrap().success());
        assert_snapshot!(refused("pipe"), @"cannot read t/pipe: not a regular file");
    }
}
