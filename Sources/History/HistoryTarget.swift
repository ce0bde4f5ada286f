import Model

/// Which server and database a history is of: its name in pgmedic.yaml, else the cluster's identifier with address and database,
/// since a replica shares the identifier.
package struct HistoryTarget: Noun, Hashable {
    /// As it is shown and asked for: `shop`, `shop@db1:5432`.
    package var name = ""
    package var isNamed = false
    package var systemIdentifier: String?
    /// `db1:5432`, of a socket its directory.
    package var address = ""
    package var database = ""

    package init() {}

    package init(_ server: Server) {
        address = "\(server.host.isEmpty ? server.address ?? "localhost" : server.host):\(server.port)"
        database = server.database
        systemIdentifier = server.systemIdentifier
        isNamed = server.target != nil
        name = server.target ?? "\(server.database)@\(address)"
    }

    /// The same for each snapshot of one server.
    package var key: String {
        isNamed ? "target:\(name)" : "server:\(systemIdentifier ?? ""):\(address):\(database)"
    }
}
