import Foundation

/// What SQL cannot see of the server's machine; nil: unknown.
package struct HostFacts: Sendable, Equatable {
    package var cores: Int?
    /// Bytes of RAM.
    package var memory: Int64?
    package var disk: DiskKind?

    package init(cores: Int? = nil, memory: Int64? = nil, disk: DiskKind? = nil) {
        self.cores = cores
        self.memory = memory
        self.disk = disk
    }

    /// What stands here, and of the rest what `others` say.
    package func filled(from others: HostFacts) -> HostFacts {
        HostFacts(cores: cores ?? others.cores, memory: memory ?? others.memory, disk: disk ?? others.disk)
    }
}

/// What the data directory lies on.
package enum DiskKind: String, Codable, Sendable, CaseIterable {
    case ssd, hdd
    /// A volume over the network, as clouds have it: each read is a round trip, many go on at once.
    case network
}

/// Why a fact cannot be one, and how to write it; safe to show.
package struct HostFactError: Error, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

extension HostFacts {
    package static let names = ["cores", "ram", "disk"]

    /// The largest machines that are sold have fewer cores than 4,096 and less than 64 TB; PostgreSQL does not start in 64 MB.
    private static let cores = 1...4096
    private static let memory: ClosedRange<Int64> = 0x400_0000...0x4000_0000_0000

    /// `cores=8,ram=32GB,disk=ssd`, each of them once at most.
    package init(_ text: String) throws(HostFactError) {
        self.init()
        var seen: Set<String> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2 else {
                throw HostFactError("\"\(part)\" is no fact: write them as cores=8,ram=32GB,disk=ssd")
            }
            guard seen.insert(pair[0]).inserted else { throw HostFactError("\(pair[0]) is told twice") }
            try set(pair[0], to: pair[1])
        }
    }

    /// Sets a fact by its name as it is written for users.
    package mutating func set(_ name: String, to value: String) throws(HostFactError) {
        // Said to be unknown is as good as not said, and says that it was thought of.
        let isUnknown = value == "unknown"
        switch name {
        case "cores": cores = isUnknown ? nil : try Self.cores(value)
        case "ram": memory = isUnknown ? nil : try Self.memory(value)
        case "disk": disk = isUnknown ? nil : try Self.disk(value)
        default:
            let near = NearName.nearest(to: name, among: Self.names).map { "did you mean \($0)?" }
            throw HostFactError("there is no fact \"\(name)\"; \(near ?? "known are cores, ram and disk")")
        }
    }

    private static func cores(_ text: String) throws(HostFactError) -> Int {
        guard let count = Int(text), cores.contains(count) else {
            throw HostFactError("cores=\(text): a whole number from 1 to 4096, or unknown")
        }
        return count
    }

    private static func memory(_ text: String) throws(HostFactError) -> Int64 {
        guard case .bytes(let bytes)? = StorageBudget(text), text.contains(where: \.isLetter) else {
            throw HostFactError("ram=\(text): a size with its unit (32GB; MB, GB, TB, all of 1,024), or unknown")
        }
        guard memory.contains(bytes) else {
            throw HostFactError("ram=\(text): no machine of a server has that; from 64MB to 64TB is read")
        }
        return bytes
    }

    private static func disk(_ text: String) throws(HostFactError) -> DiskKind {
        guard let kind = DiskKind(rawValue: text.lowercased()) else {
            throw HostFactError("disk=\(text): one of ssd, hdd, network and unknown")
        }
        return kind
    }
}

extension Server {
    /// Takes over what is told; what is not told stays as it was.
    package mutating func take(_ facts: HostFacts) {
        cores = facts.cores ?? cores
        memory = facts.memory ?? memory
        disk = facts.disk ?? disk
    }
}

extension Snapshot {
    /// What the server says that cannot be true with the facts told of its machine; nil: nothing.
    package func contradiction(to facts: HostFacts) -> HostFactError? {
        guard let memory = facts.memory, let shared = settings.first(where: { $0.name == "shared_buffers" }),
            shared.unit == "8kB", let blocks = Int64(shared.value), blocks * 8192 > memory
        else { return nil }
        return HostFactError(
            "ram=\(Quantity.bytes(memory)) cannot be: the server runs with shared_buffers of \(Quantity.bytes(blocks * 8192)). "
                + "Is it the RAM of another machine, or the limit of another container?")
    }
}
