"""The image and the manifests: clean by hadolint, valid by the schemas of Kubernetes, and naming what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.daemon.daemon import STOP_SECONDS
from tests.deploy.files import DEPLOY, ROOT, documents, run, tool

DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("sqlite", "postgres")
VERSION = "1.31"
"""Of Kubernetes. Older ones lack nothing that is used here."""


# -- the image


def test_hadolint_has_nothing_to_say():
    code, said = run(tool("hadolint"), "--failure-threshold", "style", DOCKERFILE)
    assert (code, said) == (0, "")


def test_the_image_has_what_it_copies_and_is_sent_nothing_else():
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.M)
        for source in line.split()[:-1]
    }
    assert all((ROOT / source).exists() for source in copied)
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignore
    assert {line.removeprefix("!") for line in ignore if line.startswith("!")} == copied


def test_the_image_does_not_run_as_root_and_its_bases_have_versions():
    text = DOCKERFILE.read_text(encoding="utf-8")
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.M)
    for base in re.findall(r"^FROM (\S+)", text, re.M):
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+-\S+", base), base
    assert re.search(r"^HEALTHCHECK", text, re.M)


def test_compose_names_files_that_are_there():
    (compose,) = documents(DEPLOY / "docker" / "compose.yaml")
    folder = DEPLOY / "docker"
    for service in compose["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (folder / source).exists(), volume
            elif not source.startswith("$"):
                assert source in compose["volumes"], volume
        if "build" in service:
            assert (folder / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == DOCKERFILE
        else:
            assert re.search(r":v?\d+\.\d+", service["image"]), "an image has a version"


def test_the_dashboard_is_where_grafana_looks_for_it():
    (provider,) = documents(DEPLOY / "grafana" / "provisioning" / "dashboards" / "syncd.yaml")
    (compose,) = documents(DEPLOY / "docker" / "compose.yaml")
    folder = provider["providers"][0]["options"]["path"]
    assert f"../grafana/syncd.json:{folder}/syncd.json:ro" in compose["services"]["grafana"]["volumes"]


# -- the manifests


def kustomizations() -> list[Path]:
    return sorted(KUBERNETES.rglob("kustomization.yaml"))


@pytest.mark.parametrize("file", kustomizations(), ids=lambda file: str(file.parent.relative_to(KUBERNETES)))
def test_a_kustomization_names_files_that_are_there(file):
    (content,) = documents(file)
    named = [*content.get("resources", ()), *content.get("components", ())]
    named += [patch["path"] for patch in content.get("patches", ())]
    named += [name for one in content.get("configMapGenerator", ()) for name in one["files"]]
    assert named
    assert all((file.parent / name).exists() for name in named)


def test_no_manifest_is_forgotten():
    named = {
        (file.parent / name).resolve()
        for file in kustomizations()
        for (content,) in [documents(file)]
        for name in [*content.get("resources", ()), *(patch["path"] for patch in content.get("patches", ()))]
    }
    written = {file for file in KUBERNETES.rglob("*.yaml") if "config" not in file.parts} - set(kustomizations())
    assert {file.resolve() for file in written} <= named


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_applied_is_valid(overlay, tmp_path):
    built = tmp_path / f"{overlay}.yaml"
    built.write_text(build(overlay), encoding="utf-8")
    code, said = run(tool("kubernetes-validate"), "-k", VERSION, "--strict", "--quiet", built)
    assert (code, said) == (0, "")


@pytest.mark.parametrize("file", [file for file in KUBERNETES.rglob("*.yaml") if file.parent.name == "base"], ids=str)
def test_the_base_is_valid_by_itself(file):
    if file.name == "kustomization.yaml":
        assert documents(file)[0]["kind"] == "Kustomization"
        return
    code, said = run(tool("kubernetes-validate"), "-k", VERSION, "--strict", "--quiet", file)
    assert (code, said) == (0, "")


def build(overlay: str) -> str:
    """What `kubectl apply -k` would send."""
    code, said = run(tool("kubectl"), "kustomize", KUBERNETES / "overlays" / overlay)
    assert code == 0, said
    return said


def applied(overlay: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The manifests of an overlay by kind and name."""
    found = [document for document in yaml.safe_load_all(build(overlay)) if document]
    return {(document["kind"], document["metadata"]["name"]): document for document in found}


def pods(overlay: str) -> list[dict[str, Any]]:
    """Every pod that an overlay may start."""
    found = []
    for (kind, _), document in applied(overlay).items():
        if kind == "Deployment":
            found.append(document["spec"]["template"]["spec"])
        if kind == "CronJob":
            found.append(document["spec"]["jobTemplate"]["spec"]["template"]["spec"])
    return found


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_may_run_under_the_restricted_standard(overlay):
    for pod in pods(overlay):
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] == security["fsGroup"] == 10001, "the group by which it reads its secrets"
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_pod_gets_settings_that_nobody_knows(overlay):
    """Kubernetes' links to services are variables like SYNCD_PORT: refused as unknown settings if they were there."""
    assert all(pod["enableServiceLinks"] is False for pod in pods(overlay))


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_pod_mounts_is_applied_too_or_is_the_secret(overlay):
    names = set(applied(overlay))
    for pod in pods(overlay):
        for volume in pod["volumes"]:
            match volume:
                case {"configMap": {"name": name}}:
                    assert ("ConfigMap", name) in names
                case {"persistentVolumeClaim": {"claimName": name}}:
                    assert ("PersistentVolumeClaim", name) in names
                case {"secret": secret}:
                    assert secret["secretName"] == "syncd"
                case _:
                    assert "emptyDir" in volume
        mounted = {mount["name"] for container in pod["containers"] for mount in container["volumeMounts"]}
        assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_sqlite_never_has_two_processes():
    deployment = applied("sqlite")["Deployment", "syncd"]["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})


def test_postgres_has_replicas_that_are_spread_and_not_drained_at_once():
    manifests = applied("postgres")
    deployment = manifests["Deployment", "syncd"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["replicas"] >= 2
    assert deployment["template"]["spec"]["topologySpreadConstraints"]
    disruption = manifests["PodDisruptionBudget", "syncd"]["spec"]
    assert disruption["selector"]["matchLabels"].items() <= labels.items()
    assert manifests["Service", "syncd"]["spec"]["selector"].items() <= labels.items()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_pod_may_finish_what_it_has_in_hand(overlay):
    pod = applied(overlay)["Deployment", "syncd"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > STOP_SECONDS


def test_jobs_wait_for_an_operator():
    jobs = {name: document for (kind, name), document in applied("postgres").items() if kind == "CronJob"}
    assert set(jobs) == {"syncd-db-upgrade", "syncd-backfill"}
    assert all(job["spec"]["suspend"] is True for job in jobs.values())


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_settings_and_mappings_of_the_example_are_accepted(overlay, tmp_path, monkeypatch):
    """As a pod sees them: maps as files, secrets as links to files in a folder of links, as Kubernetes makes them."""
    maps = {name: document["data"] for (kind, name), document in applied(overlay).items() if kind == "ConfigMap"}
    (tmp_path / "mappings").mkdir()
    for files in maps.values():
        for name, text in files.items():
            folder = tmp_path if name == "syncd.yaml" else tmp_path / "mappings"
            (folder / name).write_text(text, encoding="utf-8")
    secrets, real = tmp_path / "secrets", tmp_path / "secrets" / "..2026_01_05"
    real.mkdir(parents=True)
    (secrets / "..data").symlink_to(real.name)
    for name in ("connections__jira__auth__password", "connections__servicenow__auth__password"):
        (real / name).write_text("a-password")
        (secrets / name).symlink_to(f"..data/{name}")
    monkeypatch.setenv("SYNCD_SECRETS_DIR", str(secrets))
    code, said = run(tool("syncd"), "check", "--config", tmp_path / "syncd.yaml")
    assert code == 0, said


def test_prometheus_finds_the_service_under_the_name_that_the_rules_expect():
    (monitor,) = documents(KUBERNETES / "components" / "prometheus-operator" / "servicemonitor.yaml")
    service = applied("postgres")["Service", "syncd"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert service["metadata"]["labels"][monitor["spec"]["jobLabel"]] == "syncd"
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert 'job="syncd"' in (DEPLOY / "prometheus" / "rules.yaml").read_text(encoding="utf-8")


def test_the_dashboard_is_json():
    assert json.loads((DEPLOY / "grafana" / "syncd.json").read_text(encoding="utf-8"))["uid"] == "syncd"
