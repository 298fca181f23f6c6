//! Reading what a person named: a path, or `-` for standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::CommandError;

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
    let failed = |error| CommandError::io("read", path, &error);
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    // One byte more, so that the end is seen without growing.
    let expected = usize::try_from(metadata.len()).unwrap_or(MAX_BYTES);
    let bytes = read_all(file, expected.min(MAX_BYTES) + 1).map_err(failed)?;
    let name = path.display().to_string();
    Ok(Input { name, bytes })
}

/// Reads text, such as keys.
pub(crate) fn read_text(path: &Path) -> Result<Zeroizing<String>, CommandError> {
    let Input { name, mut bytes } = read(path)?;
    let text = String::from_utf8(std::mem::take(&mut *bytes));
    text.map(Zeroizing::new).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        CommandError::refused(format!("{name}: is not text"))
    })
}

/// Like `read_to_end`, but buffers that became too small are overwritten.
fn read_all(mut from: impl Read, capacity: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; capacity.max(1)]);
    let mut len = 0;
    loop {
        if len == bytes.len() {
            if len > MAX_BYTES {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
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
    bytes.truncate(len);
    Ok(bytes)
}
