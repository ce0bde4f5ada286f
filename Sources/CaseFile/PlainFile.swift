import Foundation

/// Files read into memory within a bound, whatever they turn out to be.
enum PlainFile {
    enum Failure: Error, Equatable {
        case notRegular
        /// Bytes.
        case tooLarge(Int)
        /// In the system's words.
        case failed(String)
    }

    static func read(path: String, limit: Int) throws(Failure) -> Data {
        // Opening a pipe would wait for its other end.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw .failed(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try read(descriptor, limit: limit)
    }

    static func read(_ descriptor: Int32, limit: Int) throws(Failure) -> Data {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .failed(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard status.st_size <= limit else { throw .tooLarge(Int(status.st_size)) }
        // It may grow while it is read: one byte beyond the bound tells.
        var content = Data(count: Int(status.st_size) + 1)
        var count = 0
        while true {
            if count == content.count {
                guard count <= limit else { throw .tooLarge(count) }
                content.count = min(limit + 1, count * 2)
            }
            let got = content.withUnsafeMutableBytes { bytes in
                Foundation.read(descriptor, bytes.baseAddress! + count, bytes.count - count)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw .failed(String(cString: strerror(errno))) }
            if got == 0 { break }
            count += got
        }
        content.count = count
        return content
    }
}
