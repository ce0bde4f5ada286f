/// The pages of a B-tree of some height without an entry: metapage, a page with one downlink for each level, an empty leaf. A scan of it
/// finds nothing, as one of an empty index does. Layout: src/include/access/nbtree.h and src/include/storage/bufpage.h, PostgreSQL 13 to 18.
enum BtreePages {
    private static let magic: UInt32 = 0x053162
    private static let versions: ClosedRange<UInt32> = 3...4
    private static let headerSize = 24
    private static let opaqueSize = 16
    /// Of a downlink of one integer: 16 bytes and its line pointer of 4, on inner pages filled to 70 % (BTREE_NONLEAF_FILLFACTOR).
    private static let mostDownlinks = 285.0
    private static let fewestDownlinks = 20.0

    /// Levels above the leaves, as many as an index of the size would have: no view tells them. An inner page is taken to hold
    /// entries like a leaf's, filled to 70 rather than 90 %.
    static func height(pages: Int64, tuples: Double) -> Int {
        var pages = Double(pages - 1)
        guard pages > 1 else { return 0 }
        let downlinks = min(mostDownlinks, max(fewestDownlinks, max(0, tuples) / pages * 0.7 / 0.9))
        var height = 0
        while pages > 1 {
            pages = (pages / downlinks).rounded(.up)
            height += 1
        }
        return height
    }

    /// The file's first pages; nil when the page is no metapage of an index without a root.
    static func grown(_ metapage: [UInt8], height: Int) -> [UInt8]? {
        guard metapage.count >= 512 else { return nil }
        func number(_ place: Int) -> UInt32 {
            metapage[place..<place + 4].enumerated().reduce(0) { $0 | UInt32($1.element) << (8 * UInt32($1.offset)) }
        }
        guard number(headerSize) == magic, versions.contains(number(headerSize + 4)), number(headerSize + 8) == 0 else {
            return nil
        }
        var meta = metapage
        // btm_root, btm_level, btm_fastroot, btm_fastlevel
        for (place, value) in [1, UInt32(height), 1, UInt32(height)].enumerated() {
            put(value, into: &meta, at: headerSize + 8 + 4 * place)
        }
        return (0...height).reduce(into: meta) { pages, place in
            let level = height - place
            pages += page(metapage.count, level: level, isRoot: place == 0, child: level > 0 ? UInt32(place + 2) : nil)
        }
    }

    private static func page(_ size: Int, level: Int, isRoot: Bool, child: UInt32?) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: size)
        let special = size - opaqueSize
        let upper = child == nil ? special : special - 8
        put(UInt16(headerSize + (child == nil ? 0 : 4)), into: &page, at: 12)
        put(UInt16(upper), into: &page, at: 14)
        put(UInt16(special), into: &page, at: 16)
        // PG_PAGE_LAYOUT_VERSION
        put(UInt16(size) | 4, into: &page, at: 18)
        if let child {
            // ItemIdData: offset, LP_NORMAL, length
            put(UInt32(upper) | 1 << 15 | 8 << 17, into: &page, at: headerSize)
            // The first downlink of a level has no key: t_tid is the block and no attribute, t_info INDEX_ALT_TID_MASK and its size.
            put(UInt16(child >> 16), into: &page, at: upper)
            put(UInt16(child & 0xFFFF), into: &page, at: upper + 2)
            put(UInt16(0x2000 | 8), into: &page, at: upper + 6)
        }
        put(UInt32(level), into: &page, at: special + 8)
        // BTP_LEAF, BTP_ROOT
        put(UInt16((level == 0 ? 1 : 0) | (isRoot ? 2 : 0)), into: &page, at: special + 12)
        return page
    }

    private static func put<Number: FixedWidthInteger>(_ value: Number, into page: inout [UInt8], at place: Int) {
        for byte in 0..<MemoryLayout<Number>.size {
            page[place + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
        }
    }
}
