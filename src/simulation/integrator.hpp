#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include <neocol/solver/odeint_stepper.hpp>
#include <neocol/solver/stepper.hpp>

namespace neocol::simulation {

/// The stepper that serves a model on a grid: Odeint's where there is no space, else neocol's own.
class Integrator {
public:
    Integrator(const solver::Problem& problem, const solver::StepperOptions& options) {
        if (solver::OdeintStepper::serves(problem.model, problem.grid))
            stepper_ = std::make_unique<solver::OdeintStepper>(problem, options);
        else
            stepper_ = std::make_unique<solver::Stepper>(problem, options);
    }

    tissue::State& state() {
        return std::visit([](auto& s) -> tissue::State& { return s->state(); }, stepper_);
    }
    const tissue::State& state() const {
        return std::visit([](auto& s) -> const tissue::State& { return std::as_const(*s).state(); },
                          stepper_);
    }
    const solver::RowBinder& binder() const {
        return std::visit([](auto& s) -> const solver::RowBinder& { return s->binder(); },
                          stepper_);
    }
    void start(double t) {
        std::visit([t](auto& s) { s->start(t); }, stepper_);
    }
    void set_parameters(const solver::Environment& environment) {
        std::visit([&](auto& s) { s->set_parameters(environment); }, stepper_);
    }
    void restart(double t) {
        std::visit([t](auto& s) { s->restart(t); }, stepper_);
    }
    solver::StepInfo step(double limit) {
        return std::visit([limit](auto& s) { return s->step(limit); }, stepper_);
    }
    /// A step in space ends before its next stage when the flag is set (solver::Stepper).
    void stop_when(const std::atomic<bool>* flag) {
        if (auto* own = std::get_if<std::unique_ptr<solver::Stepper>>(&stepper_))
            (*own)->stop_when(flag);
    }
    double time() const {
        return std::visit([](auto& s) { return s->time(); }, stepper_);
    }
    const solver::Budget& budget() const {
        return std::visit([](auto& s) -> const solver::Budget& { return s->budget(); }, stepper_);
    }
    const solver::StepStatistics& statistics() const {
        return std::visit([](auto& s) -> const solver::StepStatistics& { return s->statistics(); },
                          stepper_);
    }
    std::vector<double> save() const {
        return std::visit([](auto& s) { return s->save(); }, stepper_);
    }
    void load(std::span<const double> saved) {
        std::visit([saved](auto& s) { s->load(saved); }, stepper_);
    }

private:
    std::variant<std::unique_ptr<solver::Stepper>, std::unique_ptr<solver::OdeintStepper>> stepper_;
};

}  // namespace neocol::simulation
