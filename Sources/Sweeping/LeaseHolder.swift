import Foundation

/// Who holds a lease: a process, and where its number means something.
struct LeaseHolder: Equatable {
    /// Host and process namespace: two containers may have the same name, and each its own process 7.
    private let place: String
    private let pid: Int32
    private let unique: String

    /// This process.
    init() {
        place = Self.here
        pid = getpid()
        unique = UUID().uuidString
    }

    /// nil: another kind of sweeper wrote it.
    init?(_ text: String) {
        let parts = text.split(separator: " ").map(String.init)
        guard parts.count == 3, let pid = Int32(parts[1]) else { return nil }
        (place, self.pid, unique) = (parts[0], pid, parts[2])
    }

    var text: String { "\(place) \(pid) \(unique)" }

    /// Its process was one of ours here, and is not any more. Of another machine nobody knows: its lease runs out.
    var isGone: Bool { place == Self.here && kill(pid, 0) != 0 && errno == ESRCH }

    private static var here: String {
        let host = ProcessInfo.processInfo.hostName.replacing(" ", with: "")
        let processes = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        return host + "/" + (processes ?? "")
    }
}
