import ArgumentParser
import Configuration
import Foundation
import Model

/// A server as the user named it, with what pgmedic.yaml says of it.
struct NamedServer: Sendable {
    /// What psql takes; nil: libpq's defaults.
    var dsn: String?
    /// Its name in pgmedic.yaml; nil: a DSN was given.
    var target: String?
    /// Of its machine.
    var facts = HostFacts()

    init(dsn: String?, target: String?, facts: HostFacts) {
        self.dsn = dsn
        self.target = target
        self.facts = facts
    }

    /// - Parameters:
    ///   - name: a target of the file, or a DSN.
    ///   - config: the file; nil: where it is looked for.
    init(_ name: String?, config: String?) throws {
        let project = try ProjectFile.read(config)
        let target = name.flatMap { project?.target(named: $0) }
        dsn = target?.dsn ?? name
        self.target = target?.name
        facts = project?.hostFacts(of: target?.name) ?? HostFacts()
    }
}

extension ProjectFile {
    /// The file that holds for this run; nil: there is none.
    static func read(_ named: String?) throws -> ProjectFile? {
        let path = ProjectFile.path(
            named: named, environment: ProcessInfo.processInfo.environment,
            directory: FileManager.default.currentDirectoryPath)
        guard let path else { return nil }
        let shown = path.hasPrefix(FileManager.default.currentDirectoryPath + "/") ? ProjectFile.name : path
        let text = try InputFile(path: path).text(limit: 1 << 20)
        return try Failure.unusable { try ProjectFile(text: text, file: named ?? shown) }
    }
}

/// What SQL cannot see of the server's machine.
struct HostOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What cannot be asked of the server's machine: cores=8,ram=32GB,disk=ssd (hdd, network, unknown).",
            valueName: "facts", visibility: .default),
        transform: { text in
            do throws(HostFactError) {
                return try HostFacts(text)
            } catch {
                throw ValidationError("\(error)")
            }
        })
    var hostFacts: HostFacts?

    @Option(help: ArgumentHelp("The short form of --host-facts cores=.", valueName: "count"))
    var cores: Int?

    func validate() throws {
        guard let cores else { return }
        do throws(HostFactError) {
            _ = try HostFacts("cores=\(cores)")
        } catch {
            throw ValidationError("--\(error)")
        }
        if let told = hostFacts?.cores, told != cores {
            throw ValidationError("--cores \(cores) and --host-facts cores=\(told): give one of them")
        }
    }

    var facts: HostFacts { (hostFacts ?? HostFacts()).filled(from: HostFacts(cores: cores)) }
}

extension Snapshot {
    /// Takes over what is told of the machine.
    ///
    /// - Throws: `Failure` where the server says that it cannot be.
    mutating func take(_ facts: HostFacts) throws {
        if let contradiction = contradiction(to: facts) { throw Failure(.unusable, contradiction.description) }
        server.take(facts)
    }
}
