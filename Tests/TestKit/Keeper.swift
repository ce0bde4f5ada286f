import Foundation
import Synchronization

/// Runs a shell command when the test process ends, in whatever way it ends.
///
/// A shell waits for the end of a pipe that only we hold open; the kernel closes it also when we crash.
package final class Keeper: Sendable {
    private let process: ChildProcess
    private let pipe: Mutex<Int32?>

    package init(atEnd command: String) throws {
        let pipe = try ClosedOnExecPipe()
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer {
            close(pipe.reading)
            close(null)
        }
        process = try ChildProcess(
            "/bin/sh", ["-c", "trap '' INT TERM HUP; read -r _; \(command)"],
            input: pipe.reading, output: null, error: null)
        self.pipe = Mutex(pipe.writing)
    }

    /// Runs the command now and waits for it.
    package func end() {
        let isFirst = pipe.withLock { descriptor in
            defer { descriptor = nil }
            return descriptor.map { close($0) } != nil
        }
        if isFirst { process.waitUntilExit() }
    }
}
