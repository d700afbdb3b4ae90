//! `cargo xtask deb`: the C library as Debian packages, one to run programs, one to build them.
use crate::dist::{Built, Layout, VERSION, build, install, put_file};
use crate::process::quiet;
use crate::symbols::Symbols;
use crate::workspace::{Workspace, on_path};
use crate::{Result, Text};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The revision of the package, for the same version of the library.
const REVISION: &str = "1";

/// What the two packages are called, and where their files are before they are packed.
struct Packages {
    /// "libosisession0": the soname, so that libraries of two ABIs can be installed together.
    library: String,
    /// "amd64"
    architecture: String,
    /// "x86_64-linux-gnu"
    triplet: String,
    folder: PathBuf,
}

/// `cargo xtask deb FOLDER`.
pub(crate) fn run(folder: &str) -> Result {
    let workspace = Workspace::find()?;
    let built = build(&workspace)?;
    for package in make(&workspace, &built, Path::new(folder))? {
        println!("{}", package.display());
    }
    Ok(())
}

/// Makes both packages in a folder.
pub(crate) fn make(workspace: &Workspace, built: &Built, folder: &Path) -> Result<[PathBuf; 2]> {
    if !on_path("dpkg-deb") || !on_path("dpkg-architecture") {
        return Err("dpkg-deb and dpkg-architecture are needed (Debian: dpkg-dev)".to_owned());
    }
    let ask = |variable| -> Result<String> {
        let said = quiet(Command::new("dpkg-architecture").args(["-q", variable]))?;
        Ok(said.trim().to_owned())
    };
    let scratch = workspace.scratch("deb")?;
    fs::remove_dir_all(&scratch).text("the folder of before")?;
    let packages = Packages {
        library: name(&built.symbols),
        architecture: ask("DEB_HOST_ARCH")?,
        triplet: ask("DEB_HOST_MULTIARCH")?,
        folder: scratch,
    };
    let library = packages.folder.join(&packages.library);
    let development = packages.folder.join("libosisession-dev");
    let layout = Layout {
        destdir: development.clone(),
        prefix: PathBuf::from("/usr"),
        libdir: format!("lib/{}", packages.triplet),
        relocatable: false,
    };
    install(workspace, built, &layout)?;
    // What runs programs goes to the other package.
    for file in [&Built::file_name(), &built.symbols.soname] {
        let below = format!("usr/{}/{file}", layout.libdir);
        let to = library.join(&below);
        fs::create_dir_all(to.parent().unwrap_or(&to)).text(&below)?;
        fs::rename(development.join(&below), &to).text(&below)?;
    }
    packages.documents(workspace, &library, &packages.library)?;
    packages.documents(workspace, &development, "libosisession-dev")?;

    let symbols = packages.symbols_file(&built.symbols);
    put_file(&library.join("DEBIAN/symbols"), symbols.as_bytes(), 0o644)?;
    let number = built.symbols.soname.trim_start_matches("libosisession.so.");
    let shlibs = format!("libosisession {number} {} (>= {VERSION})\n", packages.library);
    put_file(&library.join("DEBIAN/shlibs"), shlibs.as_bytes(), 0o644)?;
    put_file(&library.join("DEBIAN/triggers"), b"activate-noawait ldconfig\n", 0o644)?;

    let depends =
        packages.depends(&library.join(format!("usr/{}", layout.libdir)).join(Built::file_name()))?;
    let same = format!("{} (= {VERSION}-{REVISION})", packages.library);
    fs::create_dir_all(folder).text(&folder.display().to_string())?;
    Ok([
        packages.pack(folder, &packages.library, "libs", &depends, "shared library")?,
        packages.pack(folder, "libosisession-dev", "libdevel", &same, "files for development")?,
    ])
}

/// The name of the package with the shared library.
pub(crate) fn name(symbols: &Symbols) -> String {
    symbols.soname.replace(".so.", "")
}

/// Who makes the packages, as Debian's own tools ask for it: DEBFULLNAME and DEBEMAIL.
fn maintainer() -> String {
    let name = env::var("DEBFULLNAME").unwrap_or_else(|_| "osisession".to_owned());
    let mail = env::var("DEBEMAIL").unwrap_or_else(|_| "osisession@localhost".to_owned());
    format!("{name} <{mail}>")
}

impl Packages {
    /// Which version of the package each symbol needs, in the form of deb-symbols(5).
    fn symbols_file(&self, symbols: &Symbols) -> String {
        let mut text = format!("{} {} #MINVER#\n", symbols.soname, self.library);
        let mut lines: Vec<String> = symbols
            .versions()
            .iter()
            .map(|version| format!(" {0}@{0} {version}\n", Symbols::node(version)))
            .collect();
        lines.extend(
            symbols
                .functions
                .iter()
                .map(|(name, version)| format!(" {name}@{} {version}\n", Symbols::node(version))),
        );
        lines.sort();
        text.extend(lines);
        text
    }

    fn documents(&self, workspace: &Workspace, root: &Path, package: &str) -> Result {
        let folder = root.join("usr/share/doc").join(package);
        fs::create_dir_all(&folder).text("usr/share/doc")?;
        let general = root.join("usr/share/doc/osisession");
        if general.exists() {
            fs::remove_dir_all(&general).text("usr/share/doc/osisession")?;
        }
        let mit = fs::read_to_string(workspace.root.join("LICENSE-MIT")).text("LICENSE-MIT")?;
        // The paragraphs after the title and the line of copyright.
        let notice =
            mit.lines().find(|line| line.starts_with("Copyright")).unwrap_or("The osisession authors");
        let terms: String = mit
            .lines()
            .skip_while(|line| !line.starts_with("Permission"))
            .map(|line| format!(" {}\n", if line.is_empty() { "." } else { line }))
            .collect();
        let text = format!(
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: osisession\n\n\
             Files: *\nCopyright: {}\nLicense: Expat or Apache-2.0\n\nLicense: Expat\n{terms}\n\
             License: Apache-2.0\n On Debian systems, its text is /usr/share/common-licenses/Apache-2.0.\n",
            notice.trim_start_matches("Copyright").trim()
        );
        put_file(&folder.join("copyright"), text.as_bytes(), 0o644)?;
        let epoch = env::var("SOURCE_DATE_EPOCH").unwrap_or_else(|_| "0".to_owned());
        let date = quiet(Command::new("date").args(["--utc", "--rfc-email", &format!("--date=@{epoch}")]))?;
        let changes = format!(
            "osisession ({VERSION}-{REVISION}) unstable; urgency=medium\n\n  * Version {VERSION}.\n\n -- {}  {date}",
            maintainer()
        );
        let file = folder.join("changelog.Debian");
        put_file(&file, changes.as_bytes(), 0o644)?;
        quiet(Command::new("gzip").args(["-9", "--no-name", "--force"]).arg(&file)).map(drop)
    }

    /// What dpkg finds that the library needs.
    fn depends(&self, library: &Path) -> Result<String> {
        // It reads a source package's control file, and nothing of it matters here.
        let control = format!("Source: osisession\n\nPackage: {}\nArchitecture: any\n", self.library);
        put_file(&self.folder.join("debian/control"), control.as_bytes(), 0o644)?;
        let said = quiet(Command::new("dpkg-shlibdeps").arg("-O").arg(library).current_dir(&self.folder))?;
        said.trim()
            .strip_prefix("shlibs:Depends=")
            .map(str::to_owned)
            .ok_or_else(|| format!("dpkg-shlibdeps said {said:?}"))
    }

    fn pack(&self, to: &Path, package: &str, section: &str, depends: &str, what: &str) -> Result<PathBuf> {
        let root = self.folder.join(package);
        let octets = quiet(Command::new("du").args(["-sk", "--apparent-size"]).arg(root.join("usr")))?;
        let control = format!(
            "Package: {package}\nSource: osisession\nVersion: {VERSION}-{REVISION}\n\
             Architecture: {}\nMulti-Arch: same\nMaintainer: {}\nInstalled-Size: {}\nDepends: {depends}\n\
             Section: {section}\nPriority: optional\nDescription: OSI session layer - {what}\n \
             The session protocol of X.225 (ISO 8327) over TCP by RFC 1006, for MMS and\n \
             IEC 61850, ICCP/TASE.2, X.400, X.500, FTAM and CMIP.\n",
            self.architecture,
            maintainer(),
            octets.split_whitespace().next().unwrap_or("0"),
        );
        put_file(&root.join("DEBIAN/control"), control.as_bytes(), 0o644)?;
        let sums = quiet(
            Command::new("sh")
                .args(["-c", "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum"])
                .current_dir(&root),
        )?;
        put_file(&root.join("DEBIAN/md5sums"), sums.as_bytes(), 0o644)?;
        let file = to.join(format!("{package}_{VERSION}-{REVISION}_{}.deb", self.architecture));
        quiet(Command::new("dpkg-deb").args(["--root-owner-group", "--build"]).args([&root, &file]))?;
        Ok(file)
    }
}
