import Foundation
import Model

/// Names of entries: ASCII letters, digits and a few marks, so that no system reads one in two ways. With that, all attacks by
/// Unicode forms, code pages and invisible characters are gone at once; what a name was before stands in the manifest.
enum EntryName {
    private static let marks = Set("._-+=@, ()".unicodeScalars)
    /// Windows opens the device whatever follows the first dot.
    private static let devices = Set(
        ["con", "prn", "aux", "nul", "conin$", "conout$"] + (0...9).flatMap { ["com\($0)", "lpt\($0)"] })
    /// Bytes. Folder and name together stay under Windows' 260 in most places.
    static let longest = 180

    /// Why a file must not be made under this name; nil: it may.
    static func fault(_ name: String) -> String? {
        let scalars = name.unicodeScalars
        if scalars.isEmpty { return "it is empty" }
        if scalars.count > longest { return "it is longer than \(longest) characters" }
        if scalars.contains("\0") { return "it holds a NUL" }
        if scalars.contains("\\") { return "it holds a backslash, which Windows takes for a folder" }
        if scalars.first == "/" { return "it is absolute" }
        if scalars.contains(":") { return "it holds a colon: a drive letter or a hidden stream on Windows" }
        if let odd = scalars.first(where: { $0 != "/" && !isPlain($0) }) {
            return
                "it holds U+\(odd.value.hexadecimal(digits: 4)), and names here are ASCII letters, digits and \"._-+=@, ()\""
        }
        for part in name.split(separator: "/", omittingEmptySubsequences: false) {
            if part == ".." { return "it leads out of the folder" }
            if part.isEmpty || part == "." { return "a part of it is empty or a dot" }
            if part.hasSuffix(".") || part.hasSuffix(" ") || part.hasPrefix(" ") {
                return "a part of it ends in a dot or space, or begins with a space, which Windows takes away"
            }
            if devices.contains(part.prefix { $0 != "." }.lowercased().trimmingCharacters(in: .whitespaces)) {
                return "Windows takes it for a device"
            }
        }
        return nil
    }

    /// Two names that hide each other on some system: the same but for case, or one the folder of the other.
    static func clash(_ names: [String]) -> (String, String)? {
        var seen: [String: String] = [:]
        for name in names {
            if let other = seen.updateValue(name, forKey: name.lowercased()) { return (other, name) }
        }
        for name in names {
            var folder = name.lowercased()[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                if let other = seen[String(folder)] { return (other, name) }
            }
        }
        return nil
    }

    /// A safe name for a file that is called `original`, which is none of `taken` (in lower case).
    static func safe(_ original: String, in folder: String, taken: Set<String>) -> String {
        let last = original.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        // März → Marz; what has no base letter becomes _.
        let plain = last.decomposedStringWithCanonicalMapping.unicodeScalars
            .filter { $0.properties.generalCategory != .nonspacingMark }
            .map { isPlain($0) ? Character($0) : "_" }
        var name = String(plain).trimmingCharacters(in: CharacterSet(charactersIn: ". "))
        if name.count > 80 {
            let ending = (name as NSString).pathExtension
            name = String(name.prefix(60)) + (ending.isEmpty || ending.count > 15 ? "" : "." + ending)
        }
        if name.isEmpty { name = "file" }
        if fault(name) != nil { name = "_" + name }
        let stem = (name as NSString).deletingPathExtension
        let ending = (name as NSString).pathExtension
        var candidate = "\(folder)/\(name)"
        var number = 1
        while taken.contains(candidate.lowercased()) {
            number += 1
            candidate = "\(folder)/\(stem)-\(number)" + (ending.isEmpty ? "" : ".\(ending)")
        }
        return candidate
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: marks.contains(scalar)
        }
    }
}
