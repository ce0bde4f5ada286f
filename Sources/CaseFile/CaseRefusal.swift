import Model

/// Why a file or folder cannot be used as a case; safe to show: names that come from the file are mended.
package struct CaseRefusal: Error, CustomStringConvertible {
    package let path: String
    package let reason: Reason

    package enum Reason: Error, Equatable, Sendable {
        case unreadable(String)
        case notAZip
        case truncated
        /// What is wrong with its structure, or with the data of an entry.
        case damaged(String)
        case wrongChecksum(entry: String)
        case wrongManifestChecksum
        case unnamedEntry(String)
        case missingEntry(String)
        /// Also of names that differ only in case, and of a file that another one takes for its folder.
        case sameName(String, String)
        case unsafeName(String, why: String)
        /// A symlink, a device, a folder.
        case notARegularFile(String)
        /// Bytes; `size` is what it says, or what it reached.
        case tooLarge(String, size: Int, limit: Int)
        case bomb(entry: String, ratio: Int)
        case tooManyEntries(Int, limit: Int)
        case newerFormat(Int)
        case encrypted(String)
        /// Of the ZIP format: something that pgmedic does not write.
        case unsupported(String, why: String)
        case manifest(String)
        /// What an entry holds cannot be used.
        case content(String, why: String)
        case noEntry(String)
    }

    package var description: String { "cannot use \(path) as a case: \(reason)" }
}

extension CaseRefusal.Reason: CustomStringConvertible {
    private static let askAgain = "; ask for the file again, and copy it in binary mode"
    private static let doNotTrust = "; do not open it with other tools"

    package var description: String { sentence.asOneLine }

    private var sentence: String {
        switch self {
        case .unreadable(let why): "it cannot be read: \(why)"
        case .notAZip: "it is not a ZIP file; `pgmedic escalate` makes cases"
        case .truncated: "it is cut short" + Self.askAgain
        case .damaged(let what): "it is damaged: \(what)" + Self.askAgain
        case .wrongChecksum(let name): "\(name) is not what the manifest says (SHA-256 differs)" + Self.askAgain
        case .wrongManifestChecksum:
            "\(CaseManifest.Name.manifest) is not what \(CaseManifest.Name.sums) says: it was changed" + Self.askAgain
        case .unnamedEntry(let name):
            "\(name) is in it, but not in its manifest: somebody put it there; ask for the file again"
        case .missingEntry(let name): "\(name) is missing: it was taken out, or this is not a case of pgmedic"
        case .sameName(let one, let other):
            "\(one) and \(other) are the same file to some systems: one would hide the other" + Self.doNotTrust
        case .unsafeName(let name, let why): "the name of entry \(name) is not safe: \(why)" + Self.doNotTrust
        case .notARegularFile(let name): "\(name) is not a plain file (a folder, symlink or device)" + Self.doNotTrust
        case .tooLarge(let what, let size, let limit):
            "\(what) takes \(Quantity.bytes(Int64(size))), more than the \(Quantity.bytes(Int64(limit))) that are allowed"
        case .bomb(let name, let ratio):
            "\(name) unpacks to \(Quantity.count(ratio)) times its size: it is a bomb" + Self.doNotTrust
        case .tooManyEntries(let count, let limit):
            "it says that it holds \(Quantity.count(count)) entries, more than the \(Quantity.count(limit)) that are allowed"
        case .newerFormat(let format):
            "its format \(format) is newer than this pgmedic reads (\(CaseManifest.currentFormat)); "
                + "use the pgmedic that made it, or a newer one"
        case .encrypted(let name):
            "\(name) is encrypted; ask for it without a password, and send it over a safe channel"
        case .unsupported(let name, let why):
            "\(name) has \(why), which pgmedic does not write: it was packed anew; ask for the file as it was made"
        case .manifest(let why): "\(CaseManifest.Name.manifest) cannot be used: \(why)"
        case .content(let name, let why): "\(name) cannot be used: \(why)"
        case .noEntry(let name): "it has no \(name)"
        }
    }
}

extension String {
    /// It without what moves the cursor, hides, or fills the screen: as a manifest may hold it and a message shows it.
    var asOneLine: String {
        let scalars = unicodeScalars.prefix(500).map { $0.isInvisible ? ($0 == "\n" ? " " : "\u{FFFD}") : $0 }
        return String(String.UnicodeScalarView(scalars)) + (unicodeScalars.count > 500 ? "…" : "")
    }
}
