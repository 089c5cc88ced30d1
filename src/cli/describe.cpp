#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <neocol/core/names.hpp>
#include <neocol/io/device_reader.hpp>
#include <neocol/io/insertion_law.hpp>
#include <neocol/io/skin_reader.hpp>
#include <neocol/model/describe.hpp>
#include <neocol/treatment/device.hpp>

#include "models.hpp"
#include "streams.hpp"

namespace neocol::cli {
namespace {

struct Arguments {
    std::string name;
    std::string model = "microneedling";  ///< whose names are described
};

void options(CLI::App& app, Arguments& a) {
    app.add_option("name", a.name,
                   "a model, device, site; or a parameter, species, observable, outcome of a model")
        ->required();
    app.add_option("--model", a.model, "the model whose names are meant")->capture_default_str();
}

void describe_device(const io::DeviceFile& file) {
    const treatment::Device& d = file.device;
    print("{}: {}\n", d.name, d.title);
    print(
        "  needle diameter      {:.4g} um\n  hole per diameter    {:.3g}\n"
        "  share taken out      {:.3g}\n",
        1e3 * d.needle_diameter, d.hole_ratio, d.coring);
    if (d.depth_ratio > 0.0) {
        print("  depth per length     {:.3g}\n", d.depth_ratio);
    } else {
        const treatment::Insertion& i = d.insertion;
        print("  force to pierce      {:.3g} N\n  give before that     {:.3g} mm of cheek\n",
              treatment::insertion_force(i), treatment::yield_before_piercing(i));
    }
    if (d.punctures_per_pass > 0.0)
        print("  punctures per pass   {:.4g} cm-2\n", 100.0 * d.punctures_per_pass);
    for (const double length : file.needle_lengths) {
        if (d.depth_ratio == 0.0 && treatment::pierced_depth(d.insertion, length) == 0.0) {
            print("  needle {:.3g} mm: too short to pierce the cheek\n", length);
            continue;
        }
        print("  needle {:.3g} mm: a channel {:.4g} um deep\n", length,
              1e3 * treatment::channel_depth(d, length));
    }
    for (const io::DeviceFile::Sourced& number : file.sources)
        print("  {:<20} {} [{}]\n", number.key, number.source, number.evidence);
}

void describe_site(const io::SiteFile& file) {
    print("{}: {}\n{}\n", file.skin.site, file.title, file.source);
    for (const tissue::Layer& layer : file.skin.layers) {
        print("  {:<20} {:>8.4g} mm", layer.name, layer.thickness);
        for (const auto& [name, value] : layer.properties)
            print("  {} {:g}", name, value);
        print("\n");
    }
    for (const io::SiteFile::Condition& condition : file.conditions) {
        print("condition {}: {}\n  source: {}\n", condition.name, condition.summary,
              condition.source);
    }
}

void describe_switch(const model::Parameter& p) {
    print("switch {} = {}\n  {}\n", p.name, p.text_of(p.value), p.meaning);
    for (const model::Parameter::Option& option : p.options) {
        print("  option    {}{}\n", option.name,
              option.meaning.empty() ? "" : ": " + option.meaning);
    }
    if (!p.source.empty()) print("  source    {}\n", p.source);
    print("  choose it with [parameters] {} = \"...\", or --set parameters.{}=...\n", p.name,
          p.name);
}

void describe_parameter(const model::Parameter& p) {
    if (p.is_switch()) {
        describe_switch(p);
        return;
    }
    print("parameter {} = {}\n  {}\n", p.name, format_quantity(p.value, p.unit), p.meaning);
    if (p.low && p.high) {
        print("  range     {} to {}{}\n", format_quantity(*p.low, p.unit),
              format_quantity(*p.high, p.unit),
              p.distribution.empty() ? "" : ", " + p.distribution);
    }
    for (const double value : p.allowed)
        print("  option    {}\n", p.text_of(value));
    for (const model::Variation& v : p.variations)
        print("  {} {}: {}\n", v.axis, v.key, format_quantity(v.value, p.unit));
    print("  source    {}\n  evidence  {}\n", p.source, p.evidence);
}

/// Tells what a name means in a model; returns whether it is known there.
bool describe_in_model(const model::Model& model, const std::string& name) {
    if (const int i = model.find_parameter(name); i >= 0) {
        describe_parameter(model.parameters[static_cast<std::size_t>(i)]);
        return true;
    }
    if (const int i = model.find_species(name); i >= 0) {
        const model::Species& s = model.species[static_cast<std::size_t>(i)];
        print("species {} [{}]\n  {}\n", s.name, s.unit.text, s.meaning);
        for (const model::Process& process : model.processes) {
            for (const model::Process::Change& change : process.changes)
                if (change.species == i) print("  {:<32} {}\n", process.name, process.text);
        }
        return true;
    }
    if (const int i = model.find_observable(name); i >= 0) {
        const model::Observable& o = model.observables[static_cast<std::size_t>(i)];
        print("observable {} [{}] = {}\n  {}\n", o.name, o.unit.text, o.text, o.meaning);
        return true;
    }
    for (const model::Outcome& o : model.outcomes) {
        if (o.name == name) {
            print("outcome {} [{}] of {}\n  {}\n", o.name, o.unit.text,
                  model.observables[static_cast<std::size_t>(o.observable)].name, o.meaning);
            return true;
        }
    }
    for (const model::Process& p : model.processes) {
        if (p.name == name) {
            print("process {}\n  rate {}\n{}  {}\n  source {}\n", p.name, p.text,
                  p.when.empty() ? "" : "  when " + p.when + "\n", p.meaning, p.source);
            return true;
        }
    }
    return false;
}

std::vector<std::string> names_of(const model::Model& model) {
    std::vector<std::string> names;
    const auto add = [&](const auto& list) {
        for (const auto& entity : list)
            names.push_back(entity.name);
    };
    add(model.parameters);
    add(model.species);
    add(model.observables);
    add(model.outcomes);
    add(model.processes);
    return names;
}

int execute(const Arguments& a, const Invocation& invocation) {
    const io::Library folders = library(invocation);
    if (folders.has(io::LibraryPart::devices, a.name)) {
        const io::NamedText file_text = folders.find(io::LibraryPart::devices, a.name);
        io::DeviceFile file = io::read_device(file_text.text, file_text.path, a.name);
        if (const auto law = io::library_law(library(invocation))) file.device.insertion.law = *law;
        describe_device(file);
        return exit_done;
    }
    if (folders.has(io::LibraryPart::sites, a.name)) {
        const io::NamedText file_text = folders.find(io::LibraryPart::sites, a.name);
        describe_site(io::read_site(file_text.text, file_text.path, a.name));
        return exit_done;
    }
    if (folders.has(io::LibraryPart::models, a.name)) {
        const model::Model model = read_model(a.name, invocation);
        print("{}: {}\n\n{}\n\n'neocol model describe {}' prints its equations and tables\n",
              model.name, model.title, model.summary, model.name);
        return exit_done;
    }
    const model::Model model = read_model(a.model, invocation);
    if (describe_in_model(model, a.name)) return exit_done;
    std::vector<std::string> names = names_of(model);
    for (const io::LibraryPart part :
         {io::LibraryPart::models, io::LibraryPart::devices, io::LibraryPart::sites})
        for (std::string& name : folders.names(part))
            names.push_back(std::move(name));
    const std::string nearest = nearest_name(a.name, names);
    throw InputError("nothing is called '" + a.name + "'",
                     nearest.empty()
                         ? "'neocol list' and 'neocol model describe' name what there is"
                         : "did you mean '" + nearest + "'?");
}

}  // namespace

extern const Command describe_command = make_command<Arguments, options, execute>(
    "describe", "what a name means: parameter, species, device, site",
    R"(
Examples:
  neocol describe roller_192
  neocol describe collagen1_mature
  neocol describe k1 --model waugh2006)");

}  // namespace neocol::cli
