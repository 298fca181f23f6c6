//! What protects the process's memory from being written somewhere.

/// Switches core dumps off, keeps other processes of the same user from reading this one's memory,
/// and keeps values out of panic messages.
pub(crate) fn protect() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{
            DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit,
        };
        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if setrlimit(Resource::Core, none).is_err()
            || set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err()
        {
            tracing::warn!("core dumps could not be switched off");
        }
    }
    // The message of a panic is made at run time, and could hold anything.
    std::panic::set_hook(Box::new(|panic| match panic.location() {
        Some(place) => {
            tracing::error!(file = place.file(), line = place.line(), "panicked");
        }
        None => tracing::error!("panicked"),
    }));
}
