//! Everything that settings are read from, read once.

use std::path::{Path, PathBuf};

use super::{Config, Environment, Flags, GemaToml, InvalidSetting, SettingGroup, Vars as _, settings, vars};

/// The variable that names the file with settings, as `--config` does; the flag goes before it.
pub(super) const GEMA_CONFIG: &str = "GEMA_CONFIG";

/// The environment, `.env` and `gema.toml`, and what is wrong with these files.
#[derive(Debug)]
pub struct Sources {
    environment: Environment,
    file: Option<GemaToml>,
    mistakes: Vec<InvalidSetting>,
}

impl Sources {
    /// Those of this process and of the directory; `config` is the file of `--config`.
    #[must_use]
    pub fn of_process(directory: &Path, config: Option<&Path>) -> Self {
        Self::of_flags(&Flags::default(), directory, config)
    }

    /// The same, where a flag may choose another `.env`.
    #[must_use]
    pub fn of_flags(flags: &Flags, directory: &Path, config: Option<&Path>) -> Self {
        let (environment, mistakes) =
            Environment::read_named(flags.env.as_deref(), vars::of_process(), directory);
        Self::of_directory(environment, mistakes, directory, config)
    }

    /// Those of the directory, once the environment is known; `mistakes` are those of `.env`.
    pub(crate) fn of_directory(
        environment: Environment,
        mut mistakes: Vec<InvalidSetting>,
        directory: &Path,
        config: Option<&Path>,
    ) -> Self {
        let named = environment.get(GEMA_CONFIG).filter(|path| !path.trim().is_empty()).map(PathBuf::from);
        let file = match config.or(named.as_deref()) {
            Some(path) => GemaToml::read(&directory.join(path)).map(Some),
            None => GemaToml::read_if_present(&directory.join("gema.toml")),
        };
        let file = file.unwrap_or_else(|more| {
            mistakes.extend(more);
            None
        });
        Self { environment, file, mistakes }
    }

    /// The configuration.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it; the file of `--config` or `GEMA_CONFIG`, if given, must exist.
    pub fn config(&self, flags: &Flags) -> Result<Config, Vec<InvalidSetting>> {
        match Config::load(flags, &self.environment, self.file.as_ref()) {
            Ok(config) if self.mistakes.is_empty() => Ok(config),
            Ok(_) => Err(self.mistakes.clone()),
            Err(more) => Err([self.mistakes.clone(), more].concat()),
        }
    }

    /// Each setting of the [configuration](Self::config) and where it is from.
    #[must_use]
    pub fn settings(&self, flags: &Flags, config: &Config) -> Vec<SettingGroup> {
        settings::settings(flags, &self.environment, self.file.as_ref(), config)
    }
}
