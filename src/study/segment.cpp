#include "segment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include <sqlite3.h>

#include <fmt/format.h>

#include <neocol/core/error.hpp>
#include <neocol/core/hash.hpp>
#include <neocol/core/quoting.hpp>
#include <neocol/files/files.hpp>

#include "case_ranges.hpp"
#include "packed_values.hpp"

namespace neocol::study::detail {
namespace {

constexpr int format_version = 1;
constexpr int application = 0x6e656f63;  // "neoc", as file(1) may tell
constexpr std::size_t longest_text = std::size_t{64} << 10, longest_value = std::size_t{256} << 20;
constexpr std::size_t most_file_bytes = std::size_t{512} << 20;
constexpr int most_steps = 100'000'000;  // of SQLite's machine: ends what a hostile file begins

constexpr const char* list_table = "CREATE TABLE list (id TEXT NOT NULL)";
constexpr const char* cases_table =
    "CREATE TABLE cases (run INTEGER NOT NULL, attempt INTEGER NOT NULL, identity INTEGER NOT "
    "NULL, status INTEGER NOT NULL, hash TEXT NOT NULL, reason TEXT NOT NULL, host TEXT NOT NULL, "
    "ended TEXT NOT NULL, reached REAL, residual REAL, integrate_seconds REAL NOT NULL, "
    "total_seconds REAL NOT NULL, steps INTEGER NOT NULL, outcomes BLOB NOT NULL, censored BLOB "
    "NOT NULL, n_records INTEGER NOT NULL, records BLOB NOT NULL, PRIMARY KEY (run, attempt)) "
    "WITHOUT ROWID";

/// Throws for what says nothing of the bytes.
void check_memory(int code) {
    if ((code & 0xff) == SQLITE_NOMEM) throw std::bad_alloc();
}

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct CloseStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Free {
    void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, CloseStatement>;

/// A failure of SQLite on its own memory: nobody's file.
[[noreturn]] void defect(sqlite3* database) {
    check_memory(sqlite3_errcode(database));
    throw Error(fmt::format("SQLite: {}", sqlite3_errmsg(database)));
}

Database open_memory() {
    sqlite3* database = nullptr;
    const int code = sqlite3_open_v2(
        ":memory:", &database,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_PRIVATECACHE, nullptr);
    Database owned(database);
    if (code != SQLITE_OK) {
        check_memory(code);
        throw Error(fmt::format("SQLite: {}", sqlite3_errstr(code)));
    }
    return owned;
}

void execute(sqlite3* database, const char* text) {
    if (sqlite3_exec(database, text, nullptr, nullptr, nullptr) != SQLITE_OK) defect(database);
}

Statement prepare(sqlite3* database, const char* text) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, text, -1, &statement, nullptr) != SQLITE_OK) {
        check_memory(sqlite3_errcode(database));
        return nullptr;
    }
    return Statement(statement);
}

/// Binds the columns of a row one after the other.
class Binder {
public:
    Binder(sqlite3* database, sqlite3_stmt* statement)
        : database_(database), statement_(statement) {}
    void integer(std::uint64_t value) {
        check(sqlite3_bind_int64(statement_, ++at_, static_cast<sqlite3_int64>(value)));
    }
    void real(double value) { check(sqlite3_bind_double(statement_, ++at_, value)); }
    void text(const std::string& value) {
        check(sqlite3_bind_text64(statement_, ++at_, value.data(), value.size(), SQLITE_STATIC,
                                  SQLITE_UTF8));
    }
    void blob(std::string_view bytes) {
        check(!bytes.empty() ? sqlite3_bind_blob64(statement_, ++at_, bytes.data(), bytes.size(),
                                                   SQLITE_STATIC)
                             : sqlite3_bind_zeroblob(statement_, ++at_, 0));
    }

private:
    void check(int code) const {
        if (code != SQLITE_OK) defect(database_);
    }
    sqlite3* database_;
    sqlite3_stmt* statement_;
    int at_ = 0;
};

/// Takes the columns of a row one after the other; any that is not as it should be makes it
/// unsound.
class Taker {
public:
    explicit Taker(sqlite3_stmt* statement) : statement_(statement) {}
    std::uint64_t integer() {
        sound_ = sound_ && sqlite3_column_type(statement_, at_) == SQLITE_INTEGER;
        return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, at_++));
    }
    template <typename T>
    T whole(std::uint64_t most) {
        const std::uint64_t value = integer();
        sound_ = sound_ && value <= most;
        return static_cast<T>(std::min(value, most));
    }
    /// NULL stands for what is not a number.
    double real() {
        const int type = sqlite3_column_type(statement_, at_);
        sound_ = sound_ && (type == SQLITE_FLOAT || type == SQLITE_NULL || type == SQLITE_INTEGER);
        const double value = sqlite3_column_double(statement_, at_++);
        return type == SQLITE_NULL ? std::numeric_limits<double>::quiet_NaN() : value;
    }
    std::string text() { return take(SQLITE_TEXT, longest_text); }
    std::string blob() { return take(SQLITE_BLOB, longest_value); }
    template <typename T>
    std::vector<T> values() {
        const std::string bytes = blob();
        sound_ = sound_ && bytes.size() % sizeof(T) == 0;
        return unpack<T>(bytes);
    }
    bool is_sound() const { return sound_; }

private:
    std::string take(int type, std::size_t most) {
        sound_ = sound_ && sqlite3_column_type(statement_, at_) == type;
        const void* bytes = sqlite3_column_blob(statement_, at_);
        const auto n = static_cast<std::size_t>(sqlite3_column_bytes(statement_, at_++));
        if (bytes == nullptr && n > 0) throw std::bad_alloc();
        sound_ = sound_ && n <= most;
        return sound_ && n > 0 ? std::string(static_cast<const char*>(bytes), n) : std::string();
    }
    sqlite3_stmt* statement_;
    int at_ = 0;
    bool sound_ = true;
};

bool take_row(sqlite3_stmt* statement, StoredCase& row) {
    Taker take(statement);
    row.run = take.whole<std::uint64_t>(std::uint64_t{1} << 60);
    row.attempt = take.whole<std::uint32_t>(1'000'000);
    row.identity = take.integer();
    row.status = take.whole<std::uint8_t>(static_cast<std::uint8_t>(CaseStatus::doubtful));
    row.hash = take.text();
    row.reason = take.text();
    row.host = take.text();
    row.ended = take.text();
    row.reached = take.real();
    row.residual = take.real();
    row.integrate_seconds = take.real();
    row.total_seconds = take.real();
    row.steps = take.integer();
    row.outcomes = take.values<double>();
    row.censored = take.values<std::uint8_t>();
    row.n_records = take.whole<std::uint32_t>(100'000'000);
    row.records = take.blob();
    return take.is_sound() && row.status != static_cast<std::uint8_t>(CaseStatus::stopped);
}

/// Words of SQLite may quote what the file holds.
std::string damaged(sqlite3* database) {
    return fmt::format("is damaged ({})", printable(sqlite3_errmsg(database)));
}

/// What stands behind a segment's database.
std::string seal_line(const std::string& digest) {
    return fmt::format("\nneocol segment sha256 {} of all before this line\n", digest);
}

/// Text in at most so many bytes: reasons are for people.
std::string shortened(const std::string& text) {
    return text.substr(0, std::min(text.size(), longest_text));
}

}  // namespace

std::string SegmentName::text() const {
    return fmt::format("{}.{}-{:06}.{}{}", writer, token, number, case_ranges(cases), ending);
}

std::optional<SegmentName> SegmentName::parse(std::string_view text) {
    if (!text.ends_with(ending)) return std::nullopt;
    text.remove_suffix(ending.size());
    std::array<std::string_view, 3> parts;
    for (std::size_t k = 0; k < parts.size(); ++k) {
        const std::size_t dot = text.find('.');
        if ((dot == text.npos) != (k + 1 == parts.size())) return std::nullopt;
        parts[k] = text.substr(0, dot);
        text.remove_prefix(std::min(dot == text.npos ? text.size() : dot + 1, text.size()));
    }
    const std::size_t dash = parts[1].find('-');
    const auto cases = cases_in(parts[2], most_cases_in_segment);
    if (dash == parts[1].npos || !cases) return std::nullopt;
    SegmentName name{std::string(parts[0]), std::string(parts[1].substr(0, dash)), 0, *cases};
    for (const char c : parts[1].substr(dash + 1)) {
        if (c < '0' || c > '9' || name.number > 1'000'000'000) return std::nullopt;
        name.number = 10 * name.number + static_cast<std::uint64_t>(c - '0');
    }
    return name;
}

std::string sealed_segment(std::string database) {
    return database + seal_line(sha256_hex(database));
}

std::string segment_of(const std::string& store, const std::vector<StoredCase>& rows) {
    const Database database = open_memory();
    execute(database.get(),
            fmt::format(
                "PRAGMA page_size = 1024; PRAGMA application_id = {}; PRAGMA user_version = {};",
                application, format_version)
                .c_str());
    execute(database.get(), "BEGIN");
    execute(database.get(), list_table);
    execute(database.get(), cases_table);
    const auto insert = [&](const char* text, const auto& bind) {
        const Statement statement = prepare(database.get(), text);
        if (!statement) defect(database.get());
        bind(statement.get());
    };
    insert(
        "INSERT INTO list VALUES (?)",
        [&](sqlite3_stmt* statement) {
            Binder(database.get(), statement).text(store);
            if (sqlite3_step(statement) != SQLITE_DONE) defect(database.get());
        });
    insert(
        "INSERT OR REPLACE INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [&](sqlite3_stmt* statement) {
            for (const StoredCase& row : rows) {
                const std::string reason = shortened(row.reason);
                Binder bind(database.get(), statement);
                bind.integer(row.run);
                bind.integer(row.attempt);
                bind.integer(row.identity);
                bind.integer(row.status);
                bind.text(row.hash);
                bind.text(reason);
                bind.text(row.host);
                bind.text(row.ended);
                bind.real(row.reached);
                bind.real(row.residual);
                bind.real(row.integrate_seconds);
                bind.real(row.total_seconds);
                bind.integer(row.steps);
                bind.blob(packed(row.outcomes));
                bind.blob(packed(row.censored));
                bind.integer(row.n_records);
                bind.blob(row.records);
                if (sqlite3_step(statement) != SQLITE_DONE) defect(database.get());
                sqlite3_reset(statement);
            }
        });
    execute(database.get(), "COMMIT");
    sqlite3_int64 n = 0;
    const std::unique_ptr<unsigned char, Free> bytes(
        sqlite3_serialize(database.get(), "main", &n, 0));
    if (!bytes) throw std::bad_alloc();
    return sealed_segment(
        std::string(reinterpret_cast<const char*>(bytes.get()), static_cast<std::size_t>(n)));
}

struct Segment::Implementation {
    std::string image;  ///< used by the database as long as it lives
    Database database;
    Statement all, of_run;

    /// Empty if the database is one that neocol makes, and of this store.
    std::string fault_of(const std::string& store);
    std::string read(sqlite3_stmt* statement, const std::function<void(StoredCase)>& each);
};

std::string Segment::Implementation::fault_of(const std::string& store) {
    sqlite3* const db = database.get();
    constexpr std::pair<int, int> limits[] = {
        {SQLITE_LIMIT_LENGTH, static_cast<int>(longest_value)},
        {SQLITE_LIMIT_SQL_LENGTH, 4096},
        {SQLITE_LIMIT_COLUMN, 32},
        {SQLITE_LIMIT_EXPR_DEPTH, 20},
        {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 1},
        {SQLITE_LIMIT_COMPOUND_SELECT, 2},
        {SQLITE_LIMIT_FUNCTION_ARG, 8},
        {SQLITE_LIMIT_VDBE_OP, 10'000},
        {SQLITE_LIMIT_WORKER_THREADS, 0}};
    for (const auto& [limit, value] : limits)
        sqlite3_limit(db, limit, value);
    sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, nullptr, 0, 0);  // memory for each database
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_progress_handler(
        db, most_steps, [](void*) { return 1; }, nullptr);
    const auto unreadable = [&] { return damaged(db); };
    if (sqlite3_exec(db, "PRAGMA cell_size_check = 1; PRAGMA cache_size = 16", nullptr, nullptr,
                     nullptr) != SQLITE_OK) {
        check_memory(sqlite3_errcode(db));
        return unreadable();
    }
    const Statement schema = prepare(db, "SELECT type, sql FROM sqlite_schema ORDER BY name");
    if (!schema) return unreadable();
    for (const char* table : {cases_table, list_table}) {
        const int code = sqlite3_step(schema.get());
        check_memory(code);
        if (code != SQLITE_ROW) return unreadable();
        const auto* text = sqlite3_column_text(schema.get(), 1);
        if (text == nullptr || std::string_view(reinterpret_cast<const char*>(text)) != table)
            return "is no segment of this version of neocol";
    }
    if (sqlite3_step(schema.get()) != SQLITE_DONE) return "is no segment of this version of neocol";
    const Statement list = prepare(db, "SELECT id FROM list LIMIT 2");
    if (!list) return unreadable();
    if (const int code = sqlite3_step(list.get()); code != SQLITE_ROW) {
        check_memory(code);
        return unreadable();
    }
    const auto* id = sqlite3_column_text(list.get(), 0);
    if (id == nullptr || std::string_view(reinterpret_cast<const char*>(id)) != store)
        return std::string(of_another);
    all = prepare(db, "SELECT * FROM cases ORDER BY run, attempt");
    of_run = prepare(db, "SELECT * FROM cases WHERE run = ? ORDER BY attempt");
    return all && of_run ? std::string() : unreadable();
}

std::string Segment::Implementation::read(sqlite3_stmt* statement,
                                          const std::function<void(StoredCase)>& each) {
    struct Reset {
        sqlite3_stmt* statement;
        ~Reset() { sqlite3_reset(statement); }
    } const reset{statement};
    for (std::size_t n = 0;; ++n) {
        const int code = sqlite3_step(statement);
        check_memory(code);
        if (code == SQLITE_DONE) return {};
        if (code != SQLITE_ROW) return damaged(database.get());
        if (n >= 2 * most_cases_in_segment) return "has more rows than a segment holds";
        StoredCase row;
        if (!take_row(statement, row)) return "has a row that neocol does not write";
        each(std::move(row));
    }
}

std::optional<Segment> Segment::open(const std::string& path, const std::string& store,
                                     std::string& fault) {
    auto segment = std::make_unique<Implementation>();
    segment->image = files::read(path, most_file_bytes);
    std::string& image = segment->image;
    const std::size_t n_line = seal_line(std::string(64, '0')).size();
    const std::size_t n = image.size() - std::min(n_line, image.size());
    if (image.size() <= n_line || std::string_view(image).substr(n) !=
                                      seal_line(sha256_hex(std::string_view(image).substr(0, n)))) {
        fault = "is not as neocol wrote it: damaged, cut or edited (its digest does not match)";
        return std::nullopt;
    }
    segment->database = open_memory();
    const int code = sqlite3_deserialize(
        segment->database.get(), "main", reinterpret_cast<unsigned char*>(image.data()),
        static_cast<sqlite3_int64>(n), static_cast<sqlite3_int64>(n), SQLITE_DESERIALIZE_READONLY);
    check_memory(code);
    fault = code == SQLITE_OK ? segment->fault_of(store) : "is no database";
    if (!fault.empty()) return std::nullopt;
    return Segment(std::move(segment));
}

Segment::Segment(std::unique_ptr<Implementation> implementation)
    : implementation_(std::move(implementation)) {}
Segment::~Segment() = default;
Segment::Segment(Segment&&) noexcept = default;
Segment& Segment::operator=(Segment&&) noexcept = default;

std::size_t Segment::bytes() const {
    return implementation_->image.size();
}

std::string Segment::rows(const std::function<void(StoredCase)>& each) {
    return implementation_->read(implementation_->all.get(), each);
}

std::string Segment::rows_of(std::uint64_t run, const std::function<void(StoredCase)>& each) {
    sqlite3_stmt* statement = implementation_->of_run.get();
    if (sqlite3_bind_int64(statement, 1, static_cast<sqlite3_int64>(run)) != SQLITE_OK)
        throw std::bad_alloc();
    return implementation_->read(statement, each);
}

}  // namespace neocol::study::detail
