import Foundation
import Synchronization

/// A process of ours in a group of its own (a terminal's interrupt does not reach it), with pipes to its standard input and output.
///
/// Foundation's `Process` notices an end by a socket that the child's own children inherit.
final class LabProcess: Sendable {
    let pid: pid_t
    /// Its standard input: it ends when we do, in whatever way.
    private let input: Mutex<Int32?>
    /// Standard output and error; at its end when the process and its children are gone.
    private let output: Int32

    /// - Parameter command: a program by its path, and its arguments.
    init(_ command: [String], environment: [String: String]) throws(LabError) {
        let (input, output) = (try Self.pipe(), try Self.pipe())
        defer {
            close(input.child)
            close(output.child)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in [input.child, output.child, output.child].enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        let open = (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd")) ?? []
        for descriptor in open.compactMap({ Int32($0) }) where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's pool block signals, and a child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        // libpq's variables of ours are not the server's business.
        let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        let variables = inherited.merging(environment) { _, mine in mine }
        var argv = command.map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, command[0], &actions, &attributes, &argv, &envp)
        guard status == 0 else {
            close(input.mine)
            close(output.mine)
            throw LabError(
                "\(command.joined(separator: " ")) could not be started: \(String(cString: strerror(status)))")
        }
        (self.pid, self.output) = (pid, output.mine)
        self.input = Mutex(input.mine)
    }

    deinit {
        closeInput()
        close(output)
    }

    /// What it would see if we were gone.
    func closeInput() {
        input.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    /// Says a word to it.
    func say(_ word: String) {
        let bytes = Array("\(word)\n".utf8)
        // Without SIGPIPE: it may be gone.
        input.withLock { descriptor in
            guard let descriptor else { return }
            _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress!, bytes.count, Self.quietly) }
        }
    }

    /// Waits at most the time for its end; false while it runs. ms.
    func hasEnded(within milliseconds: Int32) -> Bool {
        var wanted = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&wanted, 1, milliseconds) > 0 else { return false }
        return wanted.revents & Int16(POLLHUP) != 0
    }

    /// All that it wrote, and its exit status (128 + the signal that ended it), without blocking a thread of the pool.
    func outcome() async -> (output: String, status: Int32) {
        await withCheckedContinuation { continuation in
            let thread = Thread { [self] in
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while case let count = read(output, &buffer, buffer.count), count > 0 || (count < 0 && errno == EINTR) {
                    bytes += buffer.prefix(max(0, count))
                }
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                let code = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
                continuation.resume(returning: (String(decoding: bytes, as: UTF8.self), code))
            }
            thread.start()
        }
    }

    /// A pair of sockets rather than a pipe: no child inherits our end by accident.
    private static func pipe() throws(LabError) -> (mine: Int32, child: Int32) {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw LabError("socketpair: \(String(cString: strerror(errno)))")
        }
        return (ends[0], ends[1])
    }

    private static let quietly = Int32(MSG_NOSIGNAL)
}
