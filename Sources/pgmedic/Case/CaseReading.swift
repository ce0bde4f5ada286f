import CaseFile
import Diagnosing
import Foundation
import Model

/// A case that was handed over, as the other commands read it.
enum CaseReading {
    /// Verifies and opens it. - Throws: `Failure`.
    static func open(_ path: String) throws -> CaseFile { try Failure.unusable { try CaseFile.open(path: path) } }

    /// The snapshot of a case, and the one before it.
    static func snapshots(
        of file: CaseFile
    ) throws -> (snapshot: Snapshot, earlier: Snapshot?, basis: Window.Basis) {
        try Failure.unusable {
            let snapshot = try snapshot(CaseManifest.Name.snapshot, file)
            for (name, basis) in [
                (CaseSnapshots.earlierOne, Window.Basis.earlierSnapshot), (CaseSnapshots.sampleStart, .sample),
            ] where file.manifest.entries.contains(where: { $0.name == name }) {
                return (snapshot, try Self.snapshot(name, file), basis)
            }
            return (snapshot, nil, .sinceReset)
        }
    }

    private static func snapshot(_ name: String, _ file: CaseFile) throws -> Snapshot {
        try SnapshotFile.decode(file.unpacked(name), name: name)
    }

    /// What the planner goes by, of one database.
    ///
    /// - Parameter database: nil: the target's own.
    static func image(_ file: CaseFile, database: String?) throws -> PlannerImage {
        try Failure.unusable {
            let entries = file.manifest.entries(of: .plannerImage)
            guard !entries.isEmpty else {
                throw Failure(
                    .unusable,
                    "\(file.path) holds nothing to build a lab from: it was made with --no-planner, or of a snapshot")
            }
            var names: [String] = []
            for entry in entries {
                let image = try JSONDecoder().decode(PlannerImage.self, from: file.unpacked(entry.name))
                if database == nil || image.database == database { return image }
                names.append(image.database)
            }
            throw Failure(
                .unusable, "\(file.path) has no database \(database ?? ""); it has \(names.joined(separator: ", "))")
        }
    }
}
