import Foundation

/// Files of tables and indexes as long as at the source, with nothing in them: the planner asks the file system for sizes, and what
/// was never written takes no space.
struct SparseFiles {
    struct File: Sendable {
        /// Below the cluster's folder.
        var path = ""
        /// What the server itself wrote.
        var builtPages: Int64 = 0
        var pages: Int64 = 0
        var isBtree = false
        var tuples = 0.0
    }

    /// MaxBlockNumber + 1 (src/include/storage/block.h).
    private static let mostPages: Int64 = 0xFFFF_FFFE
    /// Files of one lab: 40 TiB of tables. A file that somebody sent may say anything.
    private static let mostSegments = 40_000

    let folder: LabFolder
    /// Bytes.
    let blockSize: Int64
    let pagesPerSegment: Int64

    /// Lengthens the files to their pages, a segment of 1 GiB each; none is made shorter. The server is not running.
    ///
    /// - Returns: pages that were left out, for want of room.
    /// - Throws: `LabError`.
    func extend(_ files: [File]) throws(LabError) -> Int64 {
        var segments = 0
        var leftOut: Int64 = 0
        for file in files where file.pages > file.builtPages {
            let pages = min(file.pages, Self.mostPages)
            if file.isBtree, file.builtPages == 1 { try grow(file) }
            let count = Int((pages + pagesPerSegment - 1) / pagesPerSegment)
            let allowed = max(1, min(count, Self.mostSegments - segments))
            for segment in 0..<allowed {
                let rest = pages - Int64(segment) * pagesPerSegment
                try lengthen(path(file, segment), to: min(rest, pagesPerSegment) * blockSize)
            }
            leftOut += max(0, pages - Int64(allowed) * pagesPerSegment)
            segments += allowed
        }
        return leftOut
    }

    /// Takes the files back to what was written, so that the server may read them whole: an index is made in no time.
    ///
    /// - Throws: `LabError`.
    func shorten(_ files: [File]) throws(LabError) {
        for file in files where file.pages > file.builtPages {
            var pages = file.builtPages
            if file.isBtree, pages == 1 {
                pages += Int64(BtreePages.height(pages: file.pages, tuples: file.tuples)) + 1
            }
            guard truncate(path(file, 0), off_t(pages * blockSize)) == 0 else { throw failure(path(file, 0)) }
            var segment = 1
            while unlink(path(file, segment)) == 0 { segment += 1 }
        }
    }

    private func path(_ file: File, _ segment: Int) -> String {
        "\(folder.data)/\(file.path)" + (segment == 0 ? "" : ".\(segment)")
    }

    private func lengthen(_ path: String, to bytes: Int64) throws(LabError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        if Int64(status.st_size) < bytes, ftruncate(descriptor, off_t(bytes)) != 0 { throw failure(path) }
        try ServerUser.own(path)
    }

    /// Gives an empty B-tree levels as the source's has: the planner reads its height from the metapage.
    private func grow(_ file: File) throws(LabError) {
        let path = path(file, 0)
        let height = BtreePages.height(pages: file.pages, tuples: file.tuples)
        guard file.pages >= Int64(height) + 2, let handle = FileHandle(forUpdatingAtPath: path) else { return }
        defer { try? handle.close() }
        do {
            guard let page = try handle.read(upToCount: Int(blockSize)),
                let pages = BtreePages.grown(Array(page), height: height)
            else { return }
            try handle.seek(toOffset: 0)
            try handle.write(contentsOf: Data(pages))
        } catch {
            throw LabError("\(path): \(error.localizedDescription)")
        }
    }

    private func failure(_ path: String) -> LabError { LabError("\(path): \(String(cString: strerror(errno)))") }
}
