import Foundation
import Model

/// Keeps a sweep from overlapping with itself: a lock of the kernel's, which is gone with the process however that ends.
package final class SweepLock: Sendable {
    package enum Taken: Sendable {
        case ours(SweepLock)
        /// Of another process; its number and since when, as it wrote them.
        case others(pid: Int?, since: String?)
    }

    package struct LockError: Error, CustomStringConvertible {
        package let description: String
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// - Throws: `LockError` when the file cannot be made.
    package static func take(_ path: String, at moment: Date) throws -> Taken {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw LockError(description: "cannot make the lock \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            defer { close(descriptor) }
            guard reason == EWOULDBLOCK else {
                throw LockError(description: "cannot lock \(path): \(String(cString: strerror(reason)))")
            }
            return holder(descriptor)
        }
        let text = "\(getpid()) \(moment.formatted(.iso8601))\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
        return .ours(SweepLock(descriptor))
    }

    private static func holder(_ descriptor: Int32) -> Taken {
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let words = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(whereSeparator: \.isWhitespace)
        return .others(pid: words.first.flatMap { Int($0) }, since: words.dropFirst().first.map(String.init))
    }

    /// Where the lock of a sweep lies: beside the history that it writes, or else in `$XDG_RUNTIME_DIR`, or with the user's own
    /// state.
    ///
    /// - Parameter words: which targets it goes through: sweeps of other ones may run meanwhile, and leases keep them apart
    ///   where they meet.
    package static func path(history: String, isServer: Bool, words: [String], environment: [String: String]) -> String
    {
        let name = String(FNV.hash(([history] + words.sorted()).joined(separator: "\0")), radix: 16)
        if !isServer { return "\(history).sweep-\(name).lock" }
        func folder(_ name: String) -> String? { environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
        let own = folder("XDG_RUNTIME_DIR") ?? folder("XDG_STATE_HOME").map { $0 + "/pgmedic" }
        return (own ?? folder("HOME").map { $0 + "/.local/state/pgmedic" } ?? "/tmp") + "/sweep-\(name).lock"
    }
}
