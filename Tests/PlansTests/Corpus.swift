import Foundation
import Plans

/// Real plans of real servers, made by Scripts/plan-corpus.
enum Corpus {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Corpus"

    /// Paths within the folder, sorted.
    static let files: [String] = {
        let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return all.filter { $0.hasPrefix("pg") && $0.contains("/") }.sorted()
    }()

    /// Files of a structured format that have a text of the same execution beside them.
    static let twins: [String] = files.filter { file in
        [".json", ".yaml", ".xml"].contains { file.hasSuffix($0) } && files.contains(text(of: file))
    }

    static func text(of file: String) -> String { (file as NSString).deletingPathExtension + ".txt" }

    static func read(_ file: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
    }

    static func plans(_ file: String) throws -> [ExplainedPlan] { try ExplainReader.read(read(file)) }
}
