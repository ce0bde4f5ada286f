import Foundation
import Model

/// Another node of the cluster that is judged: the primary of a standby, or a standby of a primary. What is set on it is
/// compared with what is set here.
package struct Peer: Sendable {
    /// Its name in pgmedic.yaml, else its address; nil: it must not be named.
    package var name: String?
    package var isInRecovery: Bool
    package var takenAt: Date
    package var settings: [Setting]

    package init(_ snapshot: Snapshot) {
        let server = snapshot.server
        name = server.target ?? "\(server.host.isEmpty ? server.address ?? "localhost" : server.host):\(server.port)"
        isInRecovery = server.isInRecovery
        takenAt = snapshot.takenAt
        settings = snapshot.settings
    }

    /// The same without its name.
    package var unnamed: Self {
        var peer = self
        peer.name = nil
        return peer
    }

    /// As a sentence has it: `the primary (shop)`.
    var words: String {
        let role = isInRecovery ? "the standby" : "the primary"
        return name.map { "\(role) (\($0))" } ?? role
    }

    /// The primary of a standby among the last snapshots of servers with the same identifier; nil: there is none, or nobody can
    /// say which.
    ///
    /// A clone keeps the identifier of the cluster that it was made from: of several primaries it is the one that has standbys.
    package static func primary(of standby: Snapshot, among nodes: [Snapshot]) -> Peer? {
        guard standby.server.isInRecovery else { return nil }
        // Targets may be databases of one server: their settings are the same.
        var servers: [Snapshot] = []
        for node in nodes.sorted(by: { $0.takenAt > $1.takenAt }) where node.isOtherNode(than: standby) {
            if !servers.contains(where: { !node.isOtherNode(than: $0) }) { servers.append(node) }
        }
        let primaries = servers.filter { !$0.server.isInRecovery }
        let leading = primaries.filter { !$0.standbys.isEmpty }
        let found = leading.isEmpty ? primaries : leading
        return found.count == 1 ? Peer(found[0]) : nil
    }
}

extension Snapshot {
    /// Of the same cluster, and another server of it: no two are started in the same microsecond.
    package func isOtherNode(than other: Snapshot) -> Bool {
        server.systemIdentifier != nil && server.systemIdentifier == other.server.systemIdentifier
            && abs(server.startedAt.timeIntervalSince(other.server.startedAt)) > 0.001
    }
}
