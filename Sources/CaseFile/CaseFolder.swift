import Foundation

/// The folder of an extracted case. Only what the manifest names is looked at; other files beside it are not the case's.
struct CaseFolder: Sendable {
    let path: String

    /// Never follows a symlink below the folder, and reads at most `limit` bytes.
    func contents(of name: String, limit: Int) throws(CaseRefusal.Reason) -> Data {
        if let fault = EntryName.fault(name) { throw .unsafeName(name, why: fault) }
        var descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        let parts = name.split(separator: "/").map(String.init)
        for (index, part) in parts.enumerated() {
            let kind = index + 1 < parts.count ? O_DIRECTORY : O_NONBLOCK
            let next = openat(descriptor, part, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
            let code = errno
            close(descriptor)
            guard next >= 0 else {
                switch code {
                case ENOENT: throw .missingEntry(name)
                case ELOOP, ENOTDIR, ENXIO: throw .notARegularFile(name)
                default: throw .content(name, why: String(cString: strerror(code)))
                }
            }
            descriptor = next
        }
        defer { close(descriptor) }
        do {
            return try PlainFile.read(descriptor, limit: limit)
        } catch {
            switch error {
            case .notRegular: throw .notARegularFile(name)
            case .tooLarge(let size): throw .tooLarge(name, size: size, limit: limit)
            case .failed(let why): throw .content(name, why: why)
            }
        }
    }
}
