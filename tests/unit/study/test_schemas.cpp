#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <neocol/core/document.hpp>
#include <neocol/core/table.hpp>
#include <neocol/core/units.hpp>
#include <neocol/io/device_reader.hpp>
#include <neocol/io/scenario_reader.hpp>
#include <neocol/io/skin_reader.hpp>
#include <neocol/model/parse.hpp>
#include <neocol/study/cohort.hpp>
#include <neocol/study/slurm.hpp>
#include <neocol/study/study_file.hpp>

#include "../files.hpp"

using namespace neocol;
using test::TemporaryFolder;

namespace {

constexpr const char* unknown_name = "zz_unknown";

/// Writes texts that hold every key a table may hold.
struct Writer {
    std::size_t variant = 0;    ///< that every table with variants takes, if it has so many
    bool with_unknown = false;  ///< an unknown key in every table that does not take any name
    std::size_t n_unknown = 0;  ///< of them
    std::size_t n_keys = 0;

    std::string value(const Key& key) {
        using Kind = Key::Kind;
        switch (key.kind) {
            case Kind::flag:
                return "true";
            case Kind::whole:
                return std::to_string(std::max<std::int64_t>(key.least, 1));
            case Kind::quantity:
            case Kind::time: {
                const std::string unit(key.quantity.unit);
                return "\"0.05 " + (unit == "1" ? std::string() : unit) + '"';
            }
            case Kind::choice:
                return '"' + std::string(key.choices.name(0)) + '"';
            case Kind::expression:
                return "\"1\"";
            case Kind::list:
                return '[' + value(*key.element) + ']';
            case Kind::table:
                return "{ " + members(*key.table, ", ") + " }";
            case Kind::tables:
                return "[{ " + members(*key.table, ", ") + " }]";
            default:
                return "\"a\"";
        }
    }

    std::string members(const Table& table, const std::string& end) {
        std::string text;
        const auto add = [&](std::string_view name, const std::string& what) {
            if (!text.empty() && end == ", ") text += end;
            text += std::string(name) + " = " + what + (end == ", " ? "" : end);
            ++n_keys;
        };
        const Variant* chosen =
            table.variants.empty() ? nullptr : &table.variants[variant % table.variants.size()];
        for (const Key& key : table.keys)
            add(key.name, chosen != nullptr && key.name == table.by
                              ? '"' + std::string(chosen->value) + '"'
                              : value(key));
        if (chosen != nullptr)
            for (const Key& key : chosen->keys)
                add(key.name, value(key));
        if (table.others != nullptr) {
            add("a", value(*table.others));
        } else if (with_unknown) {
            add(unknown_name, "1");
            ++n_unknown;
        }
        return text;
    }
};

/// A kind of file: what it may hold, and what its reader says of a text.
struct Kind {
    std::string name;
    const Table* table;
    std::function<void(const std::string&)> read;
};

std::vector<Kind> kinds(const TemporaryFolder& folder) {
    const auto placed = [&folder](const std::string& text) {
        return folder.write("read.toml", text);
    };
    return {
        {"scenario", &io::scenario_table,
         [](const std::string& text) { io::read_scenario(text, "a.toml", io::Library()); }},
        {"model", &model::model_table,
         [](const std::string& text) { model::parse_model(text, "a.toml"); }},
        {"device", &io::device_table,
         [](const std::string& text) { io::read_device(text, "a.toml", "a"); }},
        {"site", &io::site_table,
         [](const std::string& text) { io::read_site(text, "a.toml", "a"); }},
        {"cohort", &study::cohort_table,
         [](const std::string& text) { study::read_cohort(text, "a.toml"); }},
        {"cluster", &study::cluster_table,
         [placed](const std::string& text) { study::read_cluster(placed(text)); }},
    };
}

/// Number of unknown keys that a reader finds; a defect where it asks for what is not declared.
std::size_t unknown_keys(const Kind& kind, const std::string& text, std::string& all) {
    std::size_t n = 0;
    try {
        kind.read(text);
    } catch (const InputError& error) {
        for (const Diagnostic& fault : error.diagnostics) {
            if (fault.message.starts_with("unknown key")) ++n;
            all += render(fault) + '\n';
        }
    }
    return n;
}

void each_key(const Table& table, const std::function<void(const Key&)>& look) {
    const std::function<void(const Key&)> into = [&](const Key& key) {
        look(key);
        if (key.table != nullptr) each_key(*key.table, look);
        if (key.element != nullptr) into(*key.element);
        if (key.otherwise != nullptr) into(*key.otherwise);
    };
    for (const Key& key : table.keys)
        into(key);
    for (const Variant& variant : table.variants)
        for (const Key& key : variant.keys)
            into(key);
    if (table.others != nullptr) into(*table.others);
}

}  // namespace

TEST_CASE("readers take every key that schemas know, in every variant, and no other") {
    const TemporaryFolder folder;
    for (const Kind& kind : kinds(folder)) {
        for (std::size_t variant = 0; variant < 5; ++variant) {
            Writer known{.variant = variant};
            std::string faults;
            const std::string text = known.members(*kind.table, "\n");
            CHECK(known.n_keys > 1);
            const std::size_t n = unknown_keys(kind, text, faults);
            INFO(kind.name << '\n' << text << '\n' << faults);
            CHECK(n == 0);

            Writer with{.variant = variant, .with_unknown = true};
            const std::string more = with.members(*kind.table, "\n");
            std::string their_faults;
            const std::size_t found = unknown_keys(kind, more, their_faults);
            INFO(more << '\n' << their_faults);
            CHECK(with.n_unknown > 0);
            CHECK(found == with.n_unknown);
        }
    }
}

TEST_CASE("keys of a study are known to its schema, and no other") {
    Writer with{.with_unknown = true};
    const Document document = Document::parse(with.members(study::study_table, "\n"), "a.toml");
    Diagnostics faults;
    check_keys(document.root(), study::study_table, faults);
    CHECK(faults.list().size() == with.n_unknown);
}

TEST_CASE("names that a file can hold come from a table, once each, and mean something") {
    const TemporaryFolder folder;
    std::size_t n_choices = 0;
    std::vector<const Table*> tables{&study::study_table};
    for (const Kind& kind : kinds(folder))
        tables.push_back(kind.table);
    for (const Table* table : tables)
        each_key(*table, [&](const Key& key) {
            if (key.kind != Key::Kind::choice) return;
            ++n_choices;
            INFO(key.name);
            CHECK_FALSE(key.noun.empty());
            CHECK(key.choices.size >= 2);
            std::set<std::string> names;
            for (std::size_t i = 0; i < key.choices.size; ++i) {
                CHECK(names.insert(std::string(key.choices.name(i))).second);
                CHECK_FALSE(key.choices.meaning(i).empty());
            }
        });
    CHECK(n_choices >= 20);
}
