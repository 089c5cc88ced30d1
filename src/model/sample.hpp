#pragma once

#include <map>
#include <utility>
#include <vector>

#include <neocol/model/model.hpp>

namespace neocol::model {

/// Points in the space of everything an expression may read, at which those are tried that interval
/// arithmetic cannot clear: it takes each occurrence of a quantity for another one.
///
/// Switches stand at any option, species are nothing or up to some times their scale, below 0 only
/// if they are signed; parameters and tissue properties lie anywhere in their ranges, or at their
/// values. Drawn at the first use, the same every time.
class Sample {
public:
    static constexpr std::size_t n_points = 512;

    /// \param most     the largest amounts of species, in their scales
    /// \param nominal  parameters stand at their values for the layer, properties at 1
    explicit Sample(const Model& model, double most = 10.0, bool nominal = false)
        : model_(model), most_(most), nominal_(nominal) {}

    /// True if the node is 0 somewhere, or of both signs; for `or_below` also if it is below 0.
    /// Nodes beyond `most_work` operations in all are not looked at.
    bool reaches_zero(NodeId node, bool or_below);

    /// Values of nodes at point i, where `species` is 0 if it is not -1.
    std::vector<double> at(std::size_t i, const std::vector<NodeId>& nodes, int species = -1);
    /// The same in another skin: with tissue properties drawn anew, the k-th time.
    std::vector<double> in_skin(std::size_t k, std::size_t i, const std::vector<NodeId>& nodes,
                                int species);

private:
    const Model& model_;
    double most_;
    bool nominal_;
    std::vector<std::vector<double>> inputs_, unknowns_;
    std::map<std::pair<NodeId, bool>, bool> reached_;
    std::size_t work_ = 0;

    static constexpr std::size_t most_work = 500'000'000;

    bool try_at_points(NodeId node, bool or_below);
    static double draw_parameter(const Parameter& parameter, double u);
    double draw_amount(double scale, double u) const;
    double draw_input(const Input& input, std::size_t layer, double u) const;
    void draw();
};

}  // namespace neocol::model
